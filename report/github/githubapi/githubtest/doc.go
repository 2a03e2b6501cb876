// Package githubtest is a fake GitHub for tests: enough of its REST API, its Git
// data and its GraphQL API for what perf-gate does, held in memory and served
// over HTTP: by [New] on the network, by [NewPiped] in a bubble of synctest.
//
// Every request and every answer is checked against GitHub's own OpenAPI
// description, so that neither the code under test nor the fake can drift from
// what GitHub takes and gives; a breach fails the test. Answers are GitHub's own
// examples with the fake's state laid over them.
//
// Tokens have the permissions that they are given and no others, and faults can
// be set on any operation: see [Server.Fault]. Nothing sleeps and no clock is
// read: times of the fake are its own.
package githubtest

//go:generate go run ./generate -version 23.0.2 -o openapi.json.gz
