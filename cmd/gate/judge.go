package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/report"
)

// judge does the main job: it measures, decides, and leaves the report with the
// record.
func (a *app) judge(ctx context.Context, cfg config.Config) error {
	if cfg.HeadOnly() && cfg.History == "" {
		return exit.Usagef("there is no base to judge head by: name the store of its records as history, or measure it with gate benchmark and compare it later by gate analyze --baseline")
	}
	dir, err := a.benchmark(ctx, cfg, func(plan bench.Plan) error { return gate.Feasible(plan, cfg.Policy) })
	if interrupted, ok := errors.AsType[*interruptedError](err); ok {
		return fmt.Errorf("%w\n  gate analyze %s\n  gate visualize %[2]s --out %[2]s", err, interrupted.dir)
	}
	if err != nil {
		return err
	}
	in, files, err := a.judged(ctx, cfg, dir)
	if err != nil {
		return err
	}
	if err := report.Write(a.stdout, "text", in); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	fmt.Fprintf(a.stderr, "the report is in %s: %d files\n", dir, len(files))
	return exit.VerdictError(in.Verdict)
}

// judged decides on the run in dir, and writes the report beside its record.
func (a *app) judged(ctx context.Context, cfg config.Config, dir string) (in report.Input, files []string, err error) {
	record, err := readRecord(dir)
	if err != nil {
		return in, nil, err
	}
	verdict, err := a.decided(ctx, cfg, record)
	if err != nil {
		return in, nil, err
	}
	in = a.reported(verdict, record, dir)
	if files, err = report.WriteDir(dir, in); err != nil {
		return in, nil, fmt.Errorf("writing the report: %w", err)
	}
	return in, files, nil
}

// decided is the verdict on a record: on head against base, and where there is no
// base, against the recorded runs.
func (a *app) decided(ctx context.Context, cfg config.Config, record *bench.Record) (*gate.Verdict, error) {
	if !slices.Contains(record.Header.Plan.Order, bench.Base) && cfg.History != "" {
		records, err := a.readBaseline(ctx, cfg.History, record.Header)
		if err != nil {
			return nil, err
		}
		return gate.Decide(gate.Evidence{Run: record, History: records, Baseline: true}, cfg.Policy)
	}
	history, err := a.readHistory(ctx, cfg.History, record.Header)
	if err != nil {
		return nil, err
	}
	return gate.Decide(gate.Evidence{Run: record, History: history}, cfg.Policy)
}

// reported is what there is to report of the verdict on a record. The profiles
// of the run are in dir; empty means that there are none.
func (a *app) reported(v *gate.Verdict, r *bench.Record, dir string) report.Input {
	in := report.Input{Verdict: v, Record: r, Advice: advice.From(v, r)}
	if dir != "" {
		in.Pprof = a.readProfiles(dir, r)
	}
	return in
}

// readPolicy returns the policy in the file called name, or, without a name, the
// one of the configuration.
func (a *app) readPolicy(name string) (gate.Policy, error) {
	if name != "" {
		return config.ReadPolicy(name, gate.DefaultPolicy())
	}
	cfg, err := config.Load(a.configFile)
	return cfg.Policy, err
}
