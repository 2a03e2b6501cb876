// Gate reports whether a change made KRO slower, hungrier or chattier.
//
// It runs a base and a head build of KRO, measures them side by side, decides,
// and writes a report. See gate --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal ends the run cleanly. A second one kills it.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
