package main

import (
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/action"
)

func newActionCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Do the main job as a step of GitHub Actions",
		Long: `Action is what action.yml runs. It takes its inputs from the environment, as
INPUT_*, and what it is run for from the event of the workflow: in a pull request
head is the pull request and base where it left its target branch; elsewhere head
is the commit of the run and base the commit before it. After another workflow's
run, on workflow_run, it measures nothing and publishes what that run has measured:
see gate publish.

It writes the verdict to the log, as annotations, to the job summary and to the
step's outputs, and the report to the directory of the run.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return action.Run(cmd.Context(), step(cmd, getenv)) },
	}
}
