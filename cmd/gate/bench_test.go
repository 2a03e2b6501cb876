package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// BenchmarkAnalyze decides on the Go project's own measurements, half of the files as base
// and half as head, and lets benchstat compare the same files.
func BenchmarkAnalyze(b *testing.B) {
	module, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/perf").Output()
	if err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(module)), "cmd/benchseries/testdata/*/*-opt.*"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no measurements: %v", err)
	}
	dir := b.TempDir()
	var sides [2]bytes.Buffer
	for i, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		sides[i%2].Write(text)
	}
	base, head := filepath.Join(dir, "base.txt"), filepath.Join(dir, "head.txt")
	for i, file := range []string{base, head} {
		if err := os.WriteFile(file, sides[i].Bytes(), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	for _, tool := range []struct {
		name, pkg string
		args      []string
	}{
		{"gate", ".", []string{"analyze", "--base", base, "--head", head}},
		{"benchstat", "golang.org/x/perf/cmd/benchstat", []string{base, head}},
	} {
		program := filepath.Join(dir, tool.name)
		if out, err := exec.Command("go", "build", "-o", program, tool.pkg).CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.Run("tool="+tool.name, func(b *testing.B) {
			var cpu time.Duration
			for b.Loop() {
				cmd := exec.Command(program, tool.args...)
				_ = cmd.Run() // gate's exit code is its verdict
				if cmd.ProcessState == nil {
					b.Fatal("it did not start")
				}
				cpu += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
			}
			b.ReportMetric(cpu.Seconds()/float64(b.N), "cpu-sec/op")
		})
	}
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
