package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

func newAnalyzeCommand(getenv func(string) string) *cobra.Command {
	var o analysis
	cmd := &cobra.Command{
		Use:   "analyze DIR | --base FILE --head FILE",
		Short: "Decide on a measured run and explain the verdict",
		Long: `Analyze reads the record of the run in DIR, compares head with base and prints
the verdict. It measures nothing. The same record, history and policy always give
the same verdict. Analyze also writes it to verdict.json next to the record, where
gate visualize reads it, or to the --out file.

With --baseline, analyze compares head with the records in that store instead of
the base of the run. Timings and memory depend on the machine. They do not fail
such a run until the store has enough runs to show how much they usually differ.

With --base and --head, analyze compares files instead of the arms of a run. The
files are records, or the output of Go benchmarks as go test -bench -count writes it
and benchstat reads it. Of a record, only the head sessions count. To give several
files, repeat the flag or quote a pattern. Go benchmarks are gated in sec/op,
allocs/op and B/op, with a tolerance of 2 % for timings, unless a policy says
otherwise.

With --history, analyze learns from runs of unchanged code how much a metric
usually differs, and raises the metric's tolerance to that. The flag names stores,
runs and files. Each file is a run.

Without --history and --baseline, analyze uses the history in perf-gate.yaml for a
run of KRO, as gate does: it learns from these records, and compares a run without
a base with them.

With --explain, analyze prints everything it knows about the comparisons of the
benchmarks whose names contain the given text. It then writes no verdict, unless
--out is given.

The policy is the one in perf-gate.yaml, or the one in the --policy file. That file
holds only the mapping that perf-gate.yaml has under "policy".

The exit code is 0 if the run passed, 1 for a gated regression, 3 if nothing could
be compared, and 2 for a wrong flag, policy or record. An undecided run passes; if
the policy sets fail-on-inconclusive, the exit code is 3.`,
		Example: `  gate analyze results/pr-123
  gate analyze results/pr-123 --explain op=create
  gate analyze results/pr-123 --format json | jq '.comparisons[] | select(.outcome == "regressed")'
  gate analyze results/pr-123 --baseline ~/kro-baseline
  gate analyze results/pr-123 --policy strict.yaml --out /tmp/strict.json
  gate analyze --base old.txt --head new.txt --history 'nightly/*.txt'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && len(o.base)+len(o.head) > 0 {
				return nil
			}
			return oneArg("DIR", "the directory of a run")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.dir = ""
			if len(args) > 0 {
				o.dir = args[0]
			}
			return o.run(cmd, getenv)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.policy, "policy", "", "policy `file` that replaces the policy in perf-gate.yaml")
	flags.StringVar(&o.store, "baseline", "", "compare head with the records in this `store`: a directory, or github:OWNER/REPO@BRANCH")
	flags.StringSliceVar(&o.base, "base", nil, "`files` to compare with, instead of a run")
	flags.StringSliceVar(&o.head, "head", nil, "`files` to judge, instead of a run")
	flags.StringSliceVar(&o.history, "history", nil, "learn from these runs of unchanged code: `paths` of stores, runs and files")
	flags.StringVar(&o.filter, "filter", "", "only use lines of Go benchmark output that match this benchstat `expression`, such as toolchain:Base")
	flags.StringVar(&o.out, "out", "", "`file` for the verdict, as JSON (default: verdict.json next to the record of the run)")
	flags.StringVar(&o.explain, "explain", "", "explain the comparisons of the benchmarks whose names contain this `text`")
	flags.StringVar(&o.format, "format", "text", "`format` of the verdict: "+strings.Join(report.Formats(), ", "))
	return cmd
}

// An analysis holds the arguments and flags of gate analyze.
type analysis struct {
	dir                     string // of a run; empty for files
	base, head, history     []string
	policy, store           string
	filter, explain, format string
	out                     string // file for the verdict
}

// run decides and prints the verdict.
func (o analysis) run(cmd *cobra.Command, getenv func(string) string) error {
	if problem := strictyaml.Unknown(o.format, report.Formats()); problem != "" {
		return exit.Usagef("--format: %s", problem)
	}
	if err := o.check(); err != nil {
		return err
	}
	run, err := o.read(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	cfg := config.Default()
	if !decide.IsGo(run) {
		if cfg, err = config.Load(configFile(cmd)); err != nil {
			return err
		}
	}
	policy, err := decide.Policy(run, o.policy, cfg.Policy)
	if err != nil {
		return err
	}
	history, err := decide.Others(o.history, slices.Concat(o.base, o.head), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	earlier := decide.Earlier{Stores: stores(getenv), Baseline: o.store, Paths: history, Filter: o.filter}
	if o.dir != "" && o.store == "" && len(o.history) == 0 {
		earlier.History = cfg.History
	}
	verdict, err := decide.Verdict(cmd.Context(), run, earlier, policy)
	if err != nil {
		return err
	}
	if o.explain != "" {
		if err := report.WriteExplanation(cmd.OutOrStdout(), verdict, o.explain); err != nil {
			return exit.Usagef("--explain: %w", err)
		}
	} else if err := report.Write(cmd.OutOrStdout(), o.format, decide.Input(verdict, run, o.dir, cmd.ErrOrStderr())); err != nil {
		return fmt.Errorf("printing the verdict: %w", err)
	}
	if err := o.writeVerdict(verdict); err != nil {
		return err
	}
	return exit.VerdictError(verdict)
}

// writeVerdict writes the verdict to the --out file or, for a run that is not only
// explained, next to its record.
func (o analysis) writeVerdict(verdict *gate.Verdict) error {
	path := o.out
	if path == "" && (o.dir == "" || o.explain != "") {
		return nil
	}
	if path == "" {
		var err error
		if path, err = decide.VerdictPath(o.dir); err != nil {
			return err
		}
	}
	return decide.WriteVerdict(path, verdict)
}

func (o analysis) check() error {
	switch {
	case o.dir != "" && len(o.base)+len(o.head) > 0:
		return exit.Usagef("a run has both arms: leave out either %s or --base and --head", o.dir)
	case o.dir == "" && (len(o.base) == 0 || len(o.head) == 0):
		return exit.Usagef("--base and --head only work together: give both")
	case o.store != "" && len(o.base) > 0:
		return exit.Usagef("--baseline replaces --base: leave out one of them")
	case o.store != "" && len(o.history) > 0:
		return exit.Usagef("--baseline already serves as the history: leave out --history")
	}
	return nil
}

// read returns the run to decide on.
func (o analysis) read(warnings io.Writer) (*bench.Record, error) {
	if o.dir != "" {
		return decide.ReadRecord(o.dir)
	}
	return decide.ReadSides(o.base, o.head, o.filter, warnings)
}
