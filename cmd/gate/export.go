package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// exportFormats lists the formats that a record can be written in.
var exportFormats = []string{"gobench"}

func newExportCommand() *cobra.Command {
	var format, arm string
	cmd := &cobra.Command{
		Use:   "export DIR",
		Short: "Write the measurements of a run in another format",
		Long: `Export writes the sessions of the run in DIR to standard output in the Go benchmark
format, which benchstat and similar tools read. There is one line for each benchmark
of each session. The metrics are the units.`,
		Example: `  gate export results/pr-123 > run.txt && benchstat -col arm run.txt
  gate export results/pr-123 --arm head > head.txt`,
		Args: oneArg("DIR", "the directory of a run"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if problem := strictyaml.Unknown(format, exportFormats); problem != "" {
				return exit.Usagef("--format: %s", problem)
			}
			if problem := strictyaml.Unknown(arm, []string{string(bench.Base), string(bench.Head)}); arm != "" && problem != "" {
				return exit.Usagef("--arm: %s", problem)
			}
			record, err := decide.ReadRecord(args[0])
			if err != nil {
				return err
			}
			if err := gobench.Write(cmd.OutOrStdout(), record, bench.Arm(arm)); err != nil {
				return fmt.Errorf("writing the run: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "gobench", "`format` to write: gobench, the format of Go benchmarks")
	cmd.Flags().StringVar(&arm, "arm", "", "only write this `arm`: base or head (default: both)")
	return cmd
}
