package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

func newAnalyzeCommand(a *app) *cobra.Command {
	var policyFile, store, format string
	cmd := &cobra.Command{
		Use:   "analyze DIR",
		Short: "Decide on a run that has been measured, and say why",
		Long: `Analyze reads the record of the run in DIR, compares head with base and prints
the verdict. It measures nothing: the same record and the same policy give the
same verdict every time.

With --baseline, head is compared with the records in that store instead of
with the base of its own run. Timings and memory then inform and do not fail,
because they depend on the machine.

The policy is the one in perf-gate.yaml, or the one in the --policy file, which
holds just what perf-gate.yaml has under "policy".

The exit code is the verdict: 0 passed, 1 a gated regression, 3 nothing could be
compared. An undecided run passes, unless the policy sets fail-on-inconclusive;
then it is 3. With a wrong flag, policy or record it is 2.`,
		Example: `  gate analyze results/pr-123
  gate analyze results/pr-123 --format json | jq '.comparisons[] | select(.outcome == "regressed")'
  gate analyze results/pr-123 --baseline ~/kro-baseline --policy strict.yaml`,
		Args: oneArg("DIR", "the directory of a run"),
		RunE: func(_ *cobra.Command, args []string) error {
			if formats := report.Formats(); !slices.Contains(formats, format) {
				return usageErrorf("--format: %q is not known%s; %s", format, didYouMean(format, formats), choices(formats))
			}
			policy, err := a.readPolicy(policyFile)
			if err != nil {
				return err
			}
			record, err := readRecord(args[0])
			if err != nil {
				return err
			}
			verdict, err := decide(record, store, policy)
			if err != nil {
				return err
			}
			in := report.Input{Verdict: verdict, Record: record, Profiles: a.readProfiles(args[0], record)}
			if err := report.Write(a.stdout, format, in); err != nil {
				return fmt.Errorf("writing the verdict: %w", err)
			}
			return verdictError(verdict)
		},
	}
	cmd.Flags().StringVar(&policyFile, "policy", "", "policy `file` to decide by, in place of the one in perf-gate.yaml")
	cmd.Flags().StringVar(&store, "baseline", "", "compare head with the records in this store: the `path` of a directory")
	cmd.Flags().StringVar(&format, "format", "text", "`form` of the verdict: "+strings.Join(report.Formats(), ", "))
	return cmd
}

// readRecord reads the record of the run at path: its directory, or the record
// itself.
func readRecord(path string) (*bench.Record, error) {
	file, err := bench.FindRecord(path)
	if err != nil {
		return nil, usageErrorf("reading the record: %w", err)
	}
	record, err := bench.ReadFile(file)
	if err != nil {
		return nil, usageErrorf("reading the record: %w", err)
	}
	return record, nil
}

// decide compares the arms of the run, or its head with the records in store
// when one is named.
func decide(run *bench.Record, store string, policy gate.Policy) (*gate.Verdict, error) {
	if store == "" {
		return gate.Decide(run, policy)
	}
	dir, err := baseline.Open(store)
	if err != nil {
		return nil, usageErrorf("reading the baseline: %w", err)
	}
	records, err := dir.Records(run.Header)
	if err != nil {
		return nil, usageErrorf("reading the baseline: %w", err)
	}
	return gate.DecideAgainst(run, records, policy)
}
