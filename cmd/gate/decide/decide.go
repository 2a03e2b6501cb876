// Package decide reads measurements and turns them into a verdict and its report.
package decide

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/report"
)

// Earlier names the earlier runs that a decision uses.
type Earlier struct {
	Stores store.Opener
	// Baseline is a store whose records replace the base of the run.
	Baseline string
	// History is a store of records of unchanged code to learn from. It is the
	// baseline of a run without a base.
	History string
	// Paths are more runs of unchanged code: stores, runs, and files of Go
	// benchmark output. Only lines of these files that match Filter count.
	Paths  []string
	Filter string
}

// Verdict decides on a run. It compares head with base, or with the records in a
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
		return onPolicy(gate.Evidence{Run: run, History: records, Baseline: true}, policy)
	}
	history, err := store.History(ctx, earlier.Stores, earlier.History, run.Header)
	if err != nil {
		return nil, err
	}
	more, err := ReadRuns(ctx, earlier.Stores, earlier.Paths, earlier.Filter, run.Header)
	if err != nil {
		return nil, err
	}
	return onPolicy(gate.Evidence{Run: run, History: slices.Concat(history, more)}, policy)
}

// onPolicy decides. What goes wrong is a mistake in the policy.
func onPolicy(e gate.Evidence, policy gate.Policy) (*gate.Verdict, error) {
	v, err := gate.Decide(e, policy)
	return v, exit.UsageError(err)
}

// Policy returns the policy for a run. It reads the file, or returns the configured
// policy if file is empty. Go benchmarks have their own default policy, because the
// configured one is about KRO.
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

// IsGo reports whether the run was read from the output of Go benchmarks.
func IsGo(run *bench.Record) bool {
	return run.Header.Plan.Cluster == gobench.Cluster && run.Header.Plan.Go == nil
}

// Input returns the input of a report. It reads the pprof profiles of the run in dir,
// unless dir is empty, and writes a warning if it cannot.
func Input(v *gate.Verdict, run *bench.Record, dir string, warnings io.Writer) report.Input {
	in := report.Input{Verdict: v, Record: run, Advice: advice.From(v, run)}
	if dir != "" {
		in.Pprof = readProfiles(dir, run, warnings)
	}
	return in
}

// WriteVerdict writes the verdict to the file at path.
func WriteVerdict(path string, v *gate.Verdict) error {
	content, err := v.Encode()
	if err == nil {
		err = bench.WriteFile(path, content)
	}
	if err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	return nil
}

// VerdictPath returns where the verdict on the run at path is: next to its record.
func VerdictPath(path string) (string, error) {
	record, err := bench.FindRecord(path)
	if err != nil {
		return "", exit.Usagef("reading the record: %w", err)
	}
	return filepath.Join(filepath.Dir(record), gate.VerdictFile), nil
}

// ReadVerdict reads the verdict on the run at path. It must be a verdict on the run as
// it stands.
func ReadVerdict(path string, run *bench.Record) (*gate.Verdict, error) {
	file, err := VerdictPath(path)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("there is no verdict on %s: run gate analyze %[1]s first, which writes %s", path, file)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the verdict: %w", err)
	}
	verdict, err := gate.ReadVerdict(content, file)
	if err != nil {
		return nil, exit.Usagef("reading the verdict: %w", err)
	}
	if err := verdict.CheckRun(run); err != nil {
		return nil, exit.Usagef("%s: %w: run gate analyze %s again", file, err, path)
	}
	return verdict, nil
}

// WriteReport decides on the run in dir and writes the report next to its record. It
// returns the input of the report and the files that it wrote.
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
