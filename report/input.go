package report

import (
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/explain"
)

// An Input is what a report is made of.
type Input struct {
	Verdict *gate.Verdict
	// Record is the one that the verdict was decided on.
	Record *bench.Record
	// Profiles are those of the run; nil when there are none.
	Profiles *Profiles
}

// Profiles are what the pprof profiles of a run say, and where they lie.
type Profiles struct {
	Kinds []string // cpu, heap
	// Base and Head are the files of one session each to begin with, in the
	// directory of the run.
	Base, Head string
	Diffs      []explain.Diff
}
