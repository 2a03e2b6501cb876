// Package gobench reads and writes the Go benchmark format
// (https://go.dev/design/14313-benchmark-format). With it, perf-gate can decide on the
// benchmarks of any Go project, and benchstat can read what perf-gate measured.
package gobench
