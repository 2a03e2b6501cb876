package kro

import (
	"context"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// A Controller is a running KRO.
type Controller interface {
	// Metrics serves its metrics in Prometheus text form.
	Metrics() meter.Endpoint
	// Pprof serves its pprof profiles below /debug/pprof, if the build does.
	Pprof() meter.Endpoint
	meter.Process
	// Done is closed when it has ended. Exited then says why.
	Done() <-chan struct{}
	Exited() error
	// Stop ends it.
	Stop() error
}

// A Restarter is a controller that can be ended and started again in the middle of a
// session.
type Restarter interface {
	// Restart starts a build again, as [Build.With] configured it, and returns when it is
	// healthy. [Controller.Usage] goes on from what the old one has used.
	Restart(as *Build) error
}

// A Run configures a controller that is a process on this machine.
type Run struct {
	Kubeconfig string // path
	Log        string // file for its output
	// Metrics, Probes and Pprof are the host:port on which it serves its metrics,
	// its health and, if the build does, its pprof profiles.
	Metrics, Probes, Pprof string
	// Ready limits how long it takes to become healthy.
	Ready time.Duration
}

// Start starts a build, as [Build.With] configured it, and waits until it is
// healthy and serves its metrics. Its environment holds the variables of the settings
// and no others, so that it is the same on every machine and for both arms.
func (b *Build) Start(ctx context.Context, r Run) (Controller, error) {
	args := []string{
		"--kubeconfig=" + r.Kubeconfig,
		"--" + metricsFlag + "=" + r.Metrics,
		"--health-probe-bind-address=" + r.Probes,
	}
	if b.Pprof {
		args = append(args, "--"+pprofFlag+"="+r.Pprof)
	}
	// The chart tells a pod who it is. A KRO with the feature gate GraphKind wants to know.
	identity, _ := b.Flags.Fit([]Flag{{namespaceFlag, "perf-gate"}, {accountFlag, "perf-gate"}})
	args = append(args, identity...)
	// KRO reports that it is healthy before it knows whether it can serve metrics.
	metrics := "http://" + r.Metrics + "/metrics"
	c := &child{metrics: metrics, pprof: "http://" + r.Pprof + "/debug/pprof", log: r.Log, done: make(chan struct{})}
	c.start = func(as *Build, log string) (*process.Process, error) {
		started, err := process.Start(ctx, process.Spec{
			Name: "KRO " + as.Info.Ref, Path: as.Binary, Args: slices.Concat(args, as.Info.Args), Env: as.Info.Env, Log: log,
		})
		if err != nil {
			return nil, err
		}
		for _, url := range []string{"http://" + r.Probes + "/readyz", metrics} {
			if err := started.WaitReady(ctx, url, r.Ready); err != nil {
				return nil, err
			}
		}
		return started, nil
	}
	started, err := c.start(b, r.Log)
	if err != nil {
		return nil, err
	}
	c.run(started)
	return c, nil
}
