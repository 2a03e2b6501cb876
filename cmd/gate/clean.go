package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/cmd/gate/clusters"
)

func newCleanCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "Remove what killed runs have left",
		Long: `Clean deletes the kind clusters of runs that were killed. Those of runs that go on
are left alone, and so are clusters that a run did not create.

What a run has left in a cluster that it did not create, the next run there
removes. Processes never outlive a run.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cache, err := cacheDir()
			if err != nil {
				return err
			}
			removed, err := kind.Clean(cmd.Context(), clusters.KindLocks(cache))
			for _, name := range removed {
				fmt.Fprintf(cmd.OutOrStdout(), "deleted the kind cluster %s\n", name)
			}
			if err != nil {
				return fmt.Errorf("left kind clusters cannot be removed: %w", err)
			}
			if len(removed) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "nothing is left to remove")
			}
			return nil
		},
	}
}
