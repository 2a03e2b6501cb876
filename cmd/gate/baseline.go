package main

import (
	"cmp"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/store"
)

func newBaselineCommand(getenv func(string) string) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "baseline",
		Short: "Keep records of the default branch for later comparisons",
		Long: `Baseline keeps records in a store. To compare a later run with them, use
gate analyze DIR --baseline STORE.

A store is a directory, or a branch of a repository on GitHub, such as the one
that the action writes: github:OWNER/REPO@BRANCH, or github:OWNER/REPO for the
branch perf-gate. A branch needs a token in GITHUB_TOKEN.

A store keeps the head sessions of a run under a name. It separates records by
environment: the machine, the cluster and the profile. Timings and memory are only
compared within an environment.`,
		Args: noArgs,
		RunE: needsCommand,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if name == "" && !cmd.HasSubCommands() {
				return exit.Usagef("%s needs --store, the directory or branch with the records", shortPath(cmd))
			}
			return nil
		},
	}
	cmd.PersistentFlags().StringVar(&name, "store", "", "the `store`: a directory, or github:OWNER/REPO@BRANCH")
	cmd.AddCommand(
		newBaselineUpdateCommand(getenv, &name),
		newBaselineListCommand(getenv, &name),
		newBaselineShowCommand(getenv, &name),
		newBaselinePruneCommand(getenv, &name),
		newBaselinePagesCommand(getenv, &name),
	)
	return cmd
}

func newBaselineUpdateCommand(getenv func(string) string, storeName *string) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "update DIR --store STORE",
		Short: "Keep the head sessions of a run",
		Long: `Update keeps the head sessions of the run in DIR. It replaces a record of the same
name and environment. It creates the store if there is none.`,
		Example: `  gate baseline update results/main --store ~/kro-baseline
  gate baseline update results/main --store ~/kro-baseline --name "$(git rev-parse HEAD)"`,
		Args: oneArg("DIR", "the directory of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			record, err := decide.ReadRecord(args[0])
			if err != nil {
				return err
			}
			records, err := stores(getenv).Create(*storeName)
			if err != nil {
				return store.Error(err)
			}
			entry, err := records.Update(cmd.Context(), record, name)
			if err != nil {
				return store.Error(err)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "kept %s, %d sessions\n", entry.Ref(), entry.Sessions)
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "`name` of the record (default: the version of the head build, or the digest of its binary)")
	return cmd
}

func newBaselineListCommand(getenv func(string) string, name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "list --store STORE",
		Short: "List the records, newest first",
		Long:  "List prints the records in the store, newest first.",
		Example: `  gate baseline list --store ~/kro-baseline
  gate baseline list --store github:kro/kro`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			records, err := stores(getenv).Open(*name)
			if err != nil {
				return store.Error(err)
			}
			entries, err := records.List(cmd.Context())
			if err != nil {
				return store.Error(err)
			}
			return writeEntries(cmd.OutOrStdout(), entries)
		},
	}
}

func newBaselineShowCommand(getenv func(string) string, name *string) *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME --store STORE",
		Short: "Show one record",
		Long: `Show prints the build that a record measured, the machine and cluster, and the
number of sessions. If several environments have a record of that name, NAME is
environment/name, as gate baseline update prints it.`,
		Example: "  gate baseline show v0.9.4 --store ~/kro-baseline",
		Args:    oneArg("NAME", "the name of a record"),
		RunE: func(cmd *cobra.Command, args []string) error {
			records, err := stores(getenv).Open(*name)
			if err != nil {
				return store.Error(err)
			}
			record, entry, err := records.Show(cmd.Context(), args[0])
			if err != nil {
				return store.Error(err)
			}
			return writeEntry(cmd.OutOrStdout(), entry, record)
		},
	}
}

func newBaselinePruneCommand(getenv func(string) string, name *string) *cobra.Command {
	var keep int
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "prune --store STORE --keep N",
		Short: "Remove all but the newest records",
		Long: `Prune removes all but the newest N records of each environment, and prints their
names. It keeps records that it cannot read.`,
		Example: `  gate baseline prune --store ~/kro-baseline --keep 30 --dry-run
  gate baseline prune --store ~/kro-baseline --keep 30`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("keep") {
				return exit.Usagef("%s needs --keep, the number of records of each environment to keep", shortPath(cmd))
			}
			records, err := stores(getenv).Open(*name)
			if err != nil {
				return store.Error(err)
			}
			entries, err := records.Prune(cmd.Context(), keep, dryRun)
			if err != nil {
				return store.Error(err)
			}
			verb := "removed"
			if dryRun {
				verb = "would remove"
			}
			for _, e := range entries {
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", verb, e.Ref())
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s %d in all\n", verb, len(entries))
			return nil
		},
	}
	cmd.Flags().IntVar(&keep, "keep", 0, "`number` of records of each environment to keep, from 1")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only print what would be removed")
	return cmd
}

func writeEntries(w io.Writer, entries []baseline.Entry) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tCREATED\tSESSIONS\tKB\tENVIRONMENT")
	for _, e := range entries {
		if e.Err != nil {
			fmt.Fprintf(table, "%s\tcannot be read: %v\n", e.Name, e.Err)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%.1f\t%s\n",
			e.Name, e.Created.UTC().Format(time.DateTime), e.Sessions, float64(e.Size)/1000, e.Environment)
	}
	return table.Flush()
}

func writeEntry(w io.Writer, e baseline.Entry, r *bench.Record) error {
	build, machine := r.Header.Builds[bench.Head], r.Header.Environment
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range [][2]any{
		{"name", e.Name},
		{"environment", e.Environment},
		{"created", e.Created.UTC().Format(time.DateTime) + " UTC"},
		{"build", build.Ref},
		{"version", build.Version},
		{"binary", build.Digest},
		{"machine", fmt.Sprintf("%s/%s, %d CPUs, %s", machine.OS, machine.Arch, machine.CPUs, machine.CPU)},
		{"cluster", r.Header.Plan.Cluster},
		{"profile", r.Header.Plan.Profile},
		{"sessions", e.Sessions},
		{"benchmarks", len(r.Header.Plan.Benchmarks)},
	} {
		fmt.Fprintf(table, "%v:\t%v\n", row[0], row[1])
	}
	for _, w := range r.Header.Accepted {
		fmt.Fprintf(table, "accepted:\t%s by %s: %s\n", cmp.Or(w.Metric, "all regressions"), w.By, w.Reason)
	}
	return table.Flush()
}
