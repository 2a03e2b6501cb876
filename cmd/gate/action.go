package main

import (
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/action"
)

func newActionCommand(getenv func(string) string) *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Measure and report as a step of GitHub Actions",
		Long: `Action is the command that action.yml runs. It reads its inputs from INPUT_*
environment variables, and takes head and base from the event of the workflow. For a
pull request, head is the pull request and base is the commit where it left its
target branch. For other events, head is the commit of the run and base is the
commit before it. On workflow_run, action measures nothing and publishes the result
of the run that triggered it: see gate publish.

Action writes the verdict to the log, the annotations, the job summary and the
step's outputs, and writes the report to the directory of the run.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return action.Run(cmd.Context(), step(cmd, getenv)) },
	}
}
