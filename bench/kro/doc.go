// Package kro is the thing under test: it resolves what the user named to a KRO
// build, wherever it comes from, builds and caches the binary, finds out which
// flags it knows, and starts and stops it with an explicit settings. It can also
// give a build as a container image.
//
// Both arms are built the same way: with the same flags, by the same Go, into
// paths of the same length, because each of these alone can move timings.
package kro
