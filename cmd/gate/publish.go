package main

import (
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/action"
)

func newPublishCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use:   "publish [DIR]",
		Short: "Post the result of another workflow run to its pull request",
		Long: `Publish is for a workflow that workflow_run starts after the one that measured. The
token of a fork can only read, so a workflow whose token can write posts the result.

Publish trusts nothing that the fork wrote. It reads the record strictly and within
limits, from the artifact perf-gate that the run uploaded or from DIR. It decides
again, by the policy of this repository. It takes the pull request and the commit
from GitHub, and never from the record. It runs no code of the pull request. It
leaves alone a pull request that was closed or pushed to in the meantime. It writes
the verdict and the report to the directory in the input out.`,
		Example: `  gate publish
  gate publish artifact/`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := ""
			if len(args) > 0 {
				dir = args[0]
			}
			return action.Publish(cmd.Context(), step(cmd, getenv), dir)
		},
	}
}
