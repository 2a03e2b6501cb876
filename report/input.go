package report

import (
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/gate/explain"
)

// An Input holds all that a report shows.
type Input struct {
	Verdict *gate.Verdict
	// Record is the record that the verdict was decided on.
	Record *bench.Record
	// Pprof summarises the run's pprof profiles. It is nil if there are none.
	Pprof *Pprof
	// Advice lists recommendations, the strongest first.
	Advice []advice.Recommendation
	// Accept says how a reader accepts regressions, such as "with a comment". If
	// empty, the report points to the policy.
	Accept string
	// Charts selects how Markdown shows charts.
	Charts ChartStyle
	// ChartURL returns the URL of a chart, given the path that [WriteDir] writes
	// it to. If nil, charts are next to the report.
	ChartURL func(path string) string
}

// ChartStyle selects how Markdown shows charts.
type ChartStyle int

const (
	// Pictures links SVG files.
	Pictures ChartStyle = iota
	// Diagrams draws Mermaid diagrams, for places that cannot show the files.
	Diagrams
)

// Pprof summarises the pprof profiles of a run.
type Pprof struct {
	Kinds []string // cpu, heap
	// Base and Head are the profiles of one session of each arm, as paths in the
	// directory of the run. They are a first pair to compare.
	Base, Head string
	Diffs      []explain.Diff
}
