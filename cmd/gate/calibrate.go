package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/measure"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/gate/calibrate"
	"github.com/kro/perf-gate/report"
)

func newCalibrateCommand(getenv func(string) string) *cobra.Command {
	var o calibration
	cfg := config.Default()
	cmd := &cobra.Command{
		Use:   "calibrate [RUN…]",
		Short: "Measure how often a policy raises false alarms and how much it finds",
		Long: `Calibrate tries a policy on recorded runs. It reports how often the policy fails
runs of unchanged code, by suite, how often it leaves them undecided, and how many
slowdowns it finds, by metric and size.

A RUN is a run of unchanged code, a file of Go benchmark output or a store of
records. If there are two runs or more, calibrate takes any two as base and head and
the others as history. If there is one, it draws rounds from it repeatedly. If both
arms of that run are the same build, every failure is a false alarm. If they are
two builds, calibrate reports how often it finds their difference.

Without a RUN, calibrate measures one with --head on both arms.

To make a slowdown, calibrate multiplies the measurements of every tenth benchmark,
or of one if there are fewer.`,
		Example: `  gate calibrate --head v0.9.4 --sessions 20
  gate calibrate results/a-a --per-trial 6
  gate calibrate ~/kro-baseline --policy strict.yaml --chart power.svg
  gate calibrate 'nightly/*.txt' --filter toolchain:Base --per-trial 10`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := overlay(cmd, &cfg); err != nil {
				return err
			}
			o.runs = args
			return o.run(cmd, getenv, cfg)
		},
	}
	addRunFlags(cmd, &cfg)
	flags := cmd.Flags()
	flags.StringVar(&o.policy, "policy", "", "policy `file` to try instead of the policy in perf-gate.yaml")
	flags.StringVar(&o.filter, "filter", "", "only use lines of Go benchmark output that match this benchstat `expression`")
	flags.IntVar(&o.options.Sessions, "per-trial", 0, "sessions per arm in each trial (default: all of a run, or half the rounds of a single run)")
	flags.IntVar(&o.options.Trials, "trials", 0, "number of trials (default: every pair of runs, or 100 draws)")
	flags.Float64SliceVar(&o.percent, "slowdowns", []float64{2, 5, 10, 25}, "sizes of the slowdowns, in `percent`")
	flags.StringVar(&o.chart, "chart", "", "also draw the result in this SVG `file`")
	return cmd
}

// A calibration holds the arguments and flags of gate calibrate.
type calibration struct {
	runs                  []string
	policy, filter, chart string
	percent               []float64
	options               calibrate.Options
}

// run tries the policy on the runs, or measures one to try it on, and prints the
// result.
func (c calibration) run(cmd *cobra.Command, getenv func(string) string, cfg config.Config) error {
	for _, p := range c.percent {
		if !(p > 0 && p < 1000) {
			return exit.Usagef("--slowdowns: %v is not a slowdown; use a percentage above 0 and below 1000", p)
		}
		c.options.Changes = append(c.options.Changes, calibrate.Slowdowns(p/100)...)
	}
	if c.options.Sessions < 0 || c.options.Trials < 0 {
		return exit.Usagef("--per-trial and --trials cannot be negative")
	}
	c.options.Seed = cfg.Seed
	if len(c.runs) == 0 {
		cfg.Base, cfg.Confirm, cfg.MaxSessions = cfg.Head, false, 0
		h, err := host(cmd, getenv, stores(getenv))
		if err != nil {
			return err
		}
		dir, err := measure.Run(cmd.Context(), cfg, h, anyPlan)
		if err != nil {
			return err
		}
		c.runs = []string{dir}
	}
	header, err := store.Newest(cmd.Context(), stores(getenv), c.runs)
	if err != nil {
		return err
	}
	records, err := decide.ReadRuns(cmd.Context(), stores(getenv), c.runs, c.filter, header)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return exit.Usagef("found no run in %s", strings.Join(c.runs, ", "))
	}
	if c.options.Policy, err = decide.Policy(records[0], c.policy, cfg.Policy); err != nil {
		return err
	}
	result, err := c.try(records)
	if err != nil {
		return exit.UsageError(err)
	}
	if c.chart != "" {
		if err := bench.WriteFile(filepath.Clean(c.chart), []byte(report.CalibrationChart(result))); err != nil {
			return fmt.Errorf("drawing the chart: %w", err)
		}
	}
	return report.WriteCalibration(cmd.OutOrStdout(), result)
}

// try replays several runs, or resamples a single one.
func (c calibration) try(records []*bench.Record) (report.Calibration, error) {
	if len(records) > 1 {
		result, err := calibrate.Replay(records, c.options)
		return report.Calibration{Of: fmt.Sprintf("%d runs of unchanged code, any two as base and head", len(records)), Result: result}, err
	}
	run := records[0]
	result, err := calibrate.Resample(records, c.options)
	of := report.Calibration{Of: "rounds drawn from a run of one build on both arms", Result: result}
	if !calibrate.Unchanged(run) {
		of.Of, of.Real = "rounds drawn from a run of two builds", true
	}
	return of, err
}
