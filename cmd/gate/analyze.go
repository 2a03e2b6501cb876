package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report"
)

func newAnalyzeCommand(getenv func(string) string) *cobra.Command {
	var o analysis
	cmd := &cobra.Command{
		Use:   "analyze DIR | --base FILE --head FILE",
		Short: "Decide on a run that has been measured, and say why",
		Long: `Analyze reads the record of the run in DIR, compares head with base and prints
the verdict. It measures nothing: the same record and the same policy give the
same verdict every time.

With --baseline, head is compared with the records in that store instead of
with the base of its own run. Timings and memory then inform and do not fail,
because they depend on the machine, until the store has enough runs to tell by
how much.

With --base and --head it compares files in place of a run: the output of Go
benchmarks, as go test -bench -count writes it and benchstat reads it, or
records, of which the head sessions count. Either flag may be given several
times, or a pattern in quotes. Go benchmarks are gated in sec/op, allocs/op and
B/op, timings from 2 % on, unless a policy says otherwise.

With --history, runs of unchanged code teach by how much they differ: the
tolerance of a metric grows to that. It names stores, runs and files, each file
a run.

Without --history and --baseline, the history in perf-gate.yaml counts for a run
of KRO, as it does for gate: its records are learned from, and a run without a
base is compared with them.

--explain shows all there is to say on the comparisons of the benchmarks that it
names, a part of the name being enough.

The policy is the one in perf-gate.yaml, or the one in the --policy file, which
holds just what perf-gate.yaml has under "policy".

The exit code is the verdict: 0 passed, 1 a gated regression, 3 nothing could be
compared. An undecided run passes, unless the policy sets fail-on-inconclusive;
then it is 3. With a wrong flag, policy or record it is 2.`,
		Example: `  gate analyze results/pr-123
  gate analyze results/pr-123 --explain op=create
  gate analyze results/pr-123 --format json | jq '.comparisons[] | select(.outcome == "regressed")'
  gate analyze results/pr-123 --baseline ~/kro-baseline --policy strict.yaml
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
	flags.StringVar(&o.policy, "policy", "", "policy `file` to decide by, in place of the one in perf-gate.yaml")
	flags.StringVar(&o.store, "baseline", "", "compare head with the records in this `store`: a directory, or github:OWNER/REPO@BRANCH")
	flags.StringSliceVar(&o.base, "base", nil, "`files` to compare with, in place of a run")
	flags.StringSliceVar(&o.head, "head", nil, "`files` to judge, in place of a run")
	flags.StringSliceVar(&o.history, "history", nil, "`paths` of runs of unchanged code to learn from: stores, runs, files")
	flags.StringVar(&o.filter, "filter", "", "`expression` that lines of Go benchmark output have to match, as for benchstat: toolchain:Base")
	flags.StringVar(&o.explain, "explain", "", "explain the comparisons of this `benchmark`, or of those whose names contain it")
	flags.StringVar(&o.format, "format", "text", "`form` of the verdict: "+strings.Join(report.Formats(), ", "))
	return cmd
}

// analysis is what there is to decide on.
type analysis struct {
	dir                     string // of a run
	base, head, history     []string
	policy, store           string
	filter, explain, format string
}

// run decides, and writes the verdict.
func (o analysis) run(cmd *cobra.Command, getenv func(string) string) error {
	if problem := config.Unknown(o.format, report.Formats()); problem != "" {
		return exit.Usagef("--format: %s", problem)
	}
	if err := o.check(); err != nil {
		return err
	}
	run, err := o.read()
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
	earlier := decide.Earlier{Stores: stores(getenv), Baseline: o.store, Paths: o.history, Filter: o.filter}
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
		return exit.VerdictError(verdict)
	}
	if err := report.Write(cmd.OutOrStdout(), o.format, decide.Input(verdict, run, o.dir, cmd.ErrOrStderr())); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	return exit.VerdictError(verdict)
}

func (o analysis) check() error {
	switch {
	case o.dir != "" && len(o.base)+len(o.head) > 0:
		return exit.Usagef("a run has both arms: leave out %s, or --base and --head", o.dir)
	case o.dir == "" && (len(o.base) == 0 || len(o.head) == 0):
		return exit.Usagef("--base and --head belong together: give both")
	case o.store != "" && len(o.base) > 0:
		return exit.Usagef("--baseline takes the place of --base: leave out one of them")
	case o.store != "" && len(o.history) > 0:
		return exit.Usagef("--baseline is its own history: leave out --history")
	}
	return nil
}

// read returns the run to decide on.
func (o analysis) read() (*bench.Record, error) {
	if o.dir != "" {
		return decide.ReadRecord(o.dir)
	}
	return decide.ReadSides(o.base, o.head, o.filter)
}
