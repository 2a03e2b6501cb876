package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report"
)

func newVisualizeCommand() *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "visualize DIR --out DIR",
		Short: "Write the report of a run that was decided: pages and charts",
		Long: `Visualize reads the record of the run in DIR and the verdict that gate or gate analyze
wrote next to it, and writes the report into the --out directory:

  report.md     the report as a pull request shows it
  report.html   one page with everything, to open in a browser
  charts/       one SVG chart for each metric
  verdict.json  the verdict, as it was decided

If the run took pprof profiles, the report names the functions behind a change of
CPU time or allocations.

Visualize decides nothing. It prints the path of each file, and the verdict does not
change its exit code. To decide, use gate analyze.`,
		Example: `  gate visualize results/pr-123 --out results/pr-123
  gate visualize results/pr-123 --out report`,
		Args: oneArg("DIR", "the directory of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return exit.Usagef("visualize needs --out, the directory to write to; use --out %s to keep the report with its record", args[0])
			}
			run, err := decide.ReadRecord(args[0])
			if err != nil {
				return err
			}
			verdict, err := decide.ReadVerdict(args[0], run)
			if err != nil {
				return err
			}
			files, err := report.WriteDir(out, decide.Input(verdict, run, args[0], cmd.ErrOrStderr()))
			if err != nil {
				return fmt.Errorf("writing the report: %w", err)
			}
			for _, file := range files {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`directory` to write to; it is created if it is missing")
	return cmd
}
