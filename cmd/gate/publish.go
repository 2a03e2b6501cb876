package main

import (
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/action"
)

func newPublishCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use:   "publish [DIR]",
		Short: "Put the result of another workflow's run on its pull request",
		Long: `Publish is for a workflow that workflow_run starts after the one that measured: a
fork's token can only read, so what it measured is published by one that may
write. It takes nothing on trust. The record, from the artifact perf-gate that the
run has uploaded or out of DIR, is read strictly and within bounds; the verdict is
made anew, by the policy of this repository; the pull request and the commit are
what GitHub says the run was of, never what the record says. No code of the pull
request is run. A pull request that was closed or pushed to meanwhile is left alone.`,
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
