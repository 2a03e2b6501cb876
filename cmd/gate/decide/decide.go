// Package decide reads what was measured and turns it into a verdict and the
// report on it.
package decide

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/report"
)

// Earlier names the earlier runs that a decision uses.
type Earlier struct {
	Stores store.Opener
	// Baseline is a store whose records take the place of the run's base.
	Baseline string
	// History is a store of records of unchanged code to learn from. For a run
	// without a base it is the baseline.
	History string
	// Paths are more runs of unchanged code: stores, runs, and files of Go
	// benchmark output, of which lines have to match Filter.
	Paths  []string
	Filter string
}

// Verdict decides on a run: on head against base, or against the records of a
// store.
func Verdict(ctx context.Context, run *bench.Record, earlier Earlier, policy gate.Policy) (*gate.Verdict, error) {
	baseline := earlier.Baseline
	if !slices.Contains(run.Header.Plan.Order, bench.Base) && baseline == "" {
		baseline = earlier.History
	}
	if baseline != "" {
		records, err := store.Baseline(ctx, earlier.Stores, baseline, run.Header)
		if err != nil {
			return nil, err
		}
		return gate.Decide(gate.Evidence{Run: run, History: records, Baseline: true}, policy)
	}
	history, err := store.History(ctx, earlier.Stores, earlier.History, run.Header)
	if err != nil {
		return nil, err
	}
	more, err := ReadRuns(ctx, earlier.Stores, earlier.Paths, earlier.Filter, run.Header)
	if err != nil {
		return nil, err
	}
	return gate.Decide(gate.Evidence{Run: run, History: slices.Concat(history, more)}, policy)
}

// Policy returns the policy that decides on the run: the one in the file, or,
// without a file, the configured one. Go benchmarks have one of their own, which
// the configuration, being about KRO, does not change.
func Policy(run *bench.Record, file string, configured gate.Policy) (gate.Policy, error) {
	standard := gate.DefaultPolicy()
	if IsGo(run) {
		standard, configured = gate.GoPolicy(), gate.GoPolicy()
	}
	if file == "" {
		return configured, nil
	}
	return config.ReadPolicy(file, standard)
}

// IsGo reports whether the run is of Go benchmarks, and not of KRO.
func IsGo(run *bench.Record) bool { return run.Header.Plan.Cluster == gobench.Cluster }

// Input returns what there is to report of the verdict on a run. The profiles of
// the run are in dir; empty means that there are none. What cannot be read of
// them is a warning.
func Input(v *gate.Verdict, run *bench.Record, dir string, warnings io.Writer) report.Input {
	in := report.Input{Verdict: v, Record: run, Advice: advice.From(v, run)}
	if dir != "" {
		in.Pprof = readProfiles(dir, run, warnings)
	}
	return in
}

// WriteReport decides on the run in dir, and writes the report beside its record.
// It returns what it reports and the files that it wrote.
func WriteReport(ctx context.Context, dir string, earlier Earlier, policy gate.Policy, warnings io.Writer) (report.Input, []string, error) {
	run, err := ReadRecord(dir)
	if err != nil {
		return report.Input{}, nil, err
	}
	verdict, err := Verdict(ctx, run, earlier, policy)
	if err != nil {
		return report.Input{}, nil, err
	}
	in := Input(verdict, run, dir, warnings)
	files, err := report.WriteDir(dir, in)
	if err != nil {
		return report.Input{}, nil, fmt.Errorf("writing the report: %w", err)
	}
	return in, files, nil
}
