// Package githubtest is a fake GitHub for tests. It keeps its state in memory and
// serves the parts of the REST, Git data and GraphQL APIs that perf-gate uses.
// [New] serves on the network, [NewPiped] in a bubble of synctest.
//
// Every request and every answer is checked against GitHub's own OpenAPI
// description, and a violation fails the test. So neither the code under test nor
// the fake can drift away from GitHub. Answers are GitHub's own examples, with
// the values of the fake's state.
//
// A token has only the permissions that a test gives it, and a test can make any
// operation fail: see [Server.Fault]. The fake does not sleep or read a clock. It
// makes up its own times.
package githubtest

//go:generate go run ./generate -version 23.0.2 -o openapi.json.gz
