package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kro/perf-gate/bench"
)

// BenchmarkQuickProfile compares the newest KRO release with itself, as a pull request
// would. It reports the time for measuring, without the build, and the share of the
// CPU time that the gate's own process uses.
func BenchmarkQuickProfile(b *testing.B) {
	gate := filepath.Join(b.TempDir(), "gate")
	build := exec.Command("go", "build", "-o", gate, ".")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	if err := build.Run(); err != nil {
		b.Fatal(err)
	}
	var seconds, own, all float64
	for b.Loop() {
		dir := b.TempDir()
		measure := exec.Command(gate, "benchmark", "--base", "v0.9.4", "--head", "v0.9.4", "--profile", "quick", "--out", dir)
		measure.Dir = dir // away from any perf-gate.yaml
		measure.Stderr = os.Stderr
		if err := measure.Run(); err != nil {
			b.Fatal(err)
		}
		record, err := bench.ReadFile(filepath.Join(dir, bench.RecordFile))
		if err != nil {
			b.Fatal(err)
		}
		seconds += elapsed(record).Seconds()
		for _, session := range record.Sessions {
			for process, cost := range session.Cost {
				all += cost.CPUSeconds
				if process == "gate" {
					own += cost.CPUSeconds
				}
			}
		}
	}
	if all == 0 {
		b.Fatal("the record holds no CPU time")
	}
	b.ReportMetric(seconds/float64(b.N), "measuring-sec/run")
	b.ReportMetric(100*own/all, "gate-cpu-%")
}

// elapsed returns the time from the start of the first session to the end of the
// last.
func elapsed(r *bench.Record) time.Duration {
	if len(r.Sessions) == 0 {
		return 0
	}
	last := r.Sessions[len(r.Sessions)-1]
	end := last.Started.Add(time.Duration(last.Seconds * float64(time.Second)))
	return end.Sub(r.Sessions[0].Started)
}
