package report

import (
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/gate/explain"
)

// An Input is what a report is made of.
type Input struct {
	Verdict *gate.Verdict
	// Record is the one that the verdict was decided on.
	Record *bench.Record
	// Profiles are those of the run; nil when there are none.
	Profiles *Profiles
	// Advice is what follows from the figures, the strongest first.
	Advice []advice.Recommendation
	// Accept is how regressions are accepted where the report is read, such as "by
	// a comment"; empty for by the policy.
	Accept string
	// Charts says how Markdown shows charts.
	Charts ChartStyle
	// ChartURL returns where the chart lies that [WriteDir] writes to a path, if
	// not beside the report.
	ChartURL func(path string) string
}

// ChartStyle is how Markdown shows charts.
type ChartStyle int

const (
	// Pictures links the SVG files.
	Pictures ChartStyle = iota
	// Diagrams draws what GitHub's Mermaid can, where files cannot be seen.
	Diagrams
)

// Profiles are what the pprof profiles of a run say, and where they lie.
type Profiles struct {
	Kinds []string // cpu, heap
	// Base and Head are the files of one session each to begin with, in the
	// directory of the run.
	Base, Head string
	Diffs      []explain.Diff
}
