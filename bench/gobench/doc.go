// Package gobench reads and writes the Go benchmark format
// (https://go.dev/design/14313-benchmark-format), so that any Go project can be
// decided on as a run of perf-gate is, and what perf-gate measured can be read
// by benchstat.
package gobench
