// Package testdata reads the real runs in testdata/runs, for the tests of several
// packages.
package testdata

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/gate/explain"
)

// A Run is a recorded run and what follows from it.
type Run struct {
	Record  *bench.Record
	Verdict *gate.Verdict
	Advice  []advice.Recommendation
	Pprof   *Pprof // nil when the run took none
}

// Pprof are the report's Pprof. Package report cannot be imported here,
// because its own tests use this package.
type Pprof struct {
	Kinds      []string
	Base, Head string
	Diffs      []explain.Diff
}

// Dir returns the directory of a run.
func Dir(t testing.TB, name string) string {
	t.Helper()
	return filepath.Join(root(t), name)
}

// Names lists the runs.
func Names(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir(root(t))
	if err != nil || len(entries) == 0 {
		t.Fatalf("no recorded runs: %v", err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

// Load reads a run and decides on it. Every call returns values of its own, which
// a test may change.
func Load(t testing.TB, name string) Run {
	t.Helper()
	r := Decide(t, Record(t, name))
	content, err := os.ReadFile(filepath.Join(Dir(t, name), "profiles.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return r
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r.Pprof); err != nil {
		t.Fatal(err)
	}
	return r
}

// Record reads the record of a run.
func Record(t testing.TB, name string) *bench.Record {
	t.Helper()
	record, err := bench.ReadFile(filepath.Join(Dir(t, name), bench.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// Decide decides on a record with the default policy.
func Decide(t testing.TB, record *bench.Record) Run {
	t.Helper()
	verdict, err := gate.Decide(gate.Evidence{Run: record}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	return Run{Record: record, Verdict: verdict, Advice: advice.From(verdict, record)}
}

// root returns the directory of all runs. Tests run in the directory of their
// package, which is somewhere below the module's.
func root(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, "testdata", "runs")
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the working directory")
		}
		dir = parent
	}
}
