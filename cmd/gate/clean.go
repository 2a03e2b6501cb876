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
		Short: "Remove what killed runs left behind",
		Long: `Clean deletes the kind clusters of runs that were killed. It leaves alone the
clusters of runs that are still going, and clusters that no run created.

If a run was killed on a cluster that it did not create, the next run on that
cluster removes what is left there. Processes never outlive a run.`,
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
				return fmt.Errorf("removing kind clusters of killed runs: %w", err)
			}
			if len(removed) == 0 {
				fmt.Fprintln(cmd.OutOrStdout(), "there is nothing to remove")
			}
			return nil
		},
	}
}
