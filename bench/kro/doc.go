// Package kro provides the KRO builds under test. It resolves a name to a build,
// builds and caches the binary, finds out which flags the binary knows, and starts
// and stops it with an explicit settings. It can also pack a build as a container image.
//
// All that perf-gate knows of KRO's flags is in this package.
//
// It builds both arms the same way: with the same flags, by the same Go, into paths
// of the same length. Each of these alone can change timings.
package kro
