package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/cluster/simulation/apiserver"
)

// simulateCommand is the name of the hidden command that serves a simulated API. The
// gate starts itself with it.
const simulateCommand = "simulate-apiserver"

// lifeline calls end when stdin ends. The standard input of a child process is a pipe
// from the gate, which closes however the gate ends.
func lifeline(stdin io.Reader, end func()) {
	go func() {
		_, _ = io.Copy(io.Discard, stdin)
		end()
	}()
}

func newSimulateCommand() *cobra.Command {
	var options apiserver.Options
	cmd := &cobra.Command{
		Use:    simulateCommand,
		Short:  "Serve a simulated Kubernetes API until standard input ends",
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			server, err := apiserver.Start(ctx, options)
			if err != nil {
				return err
			}
			lifeline(cmd.InOrStdin(), cancel)
			server.Wait()
			return nil
		},
	}
	cmd.Flags().StringVar(&options.Listen, "listen", "127.0.0.1:0", "`address` to serve on")
	return cmd
}
