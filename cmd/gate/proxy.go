package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/cluster/proxy"
)

// proxyCommand is the name of the hidden command that runs a counting proxy. The
// gate starts itself with it.
const proxyCommand = "count-requests"

func newProxyCommand() *cobra.Command {
	var listen, kubeconfig string
	cmd := &cobra.Command{
		Use:    proxyCommand,
		Short:  "Forward requests to a Kubernetes API and count them, until standard input ends",
		Hidden: true,
		Args:   noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, cancel := context.WithCancel(cmd.Context())
			defer cancel()
			lifeline(cmd.InOrStdin(), cancel)
			return proxy.Serve(ctx, listen, kubeconfig, cmd.ErrOrStderr())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "`address` to serve on")
	cmd.Flags().StringVar(&kubeconfig, "kubeconfig", "", "`file` to connect to the API server with")
	return cmd
}
