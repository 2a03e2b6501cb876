package kro

import (
	"context"
	"time"

	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// A Controller is a running KRO.
type Controller interface {
	// Metrics serves its metrics in Prometheus text form.
	Metrics() meter.Endpoint
	// Pprof serves its profiles below /debug/pprof, if it was started so.
	Pprof() meter.Endpoint
	// Usage is what it has used so far. It is [process.ErrNotMeasured] where only
	// its own metrics tell.
	Usage() (process.Usage, error)
	// Done is closed when it has ended; Exited says how.
	Done() <-chan struct{}
	Exited() error
	// Stop ends it.
	Stop() error
}

// Run says where a controller runs that is a process on this machine.
type Run struct {
	Kubeconfig string // path
	Log        string // file for its output
	// Metrics and Probes are the host:port it serves its metrics and its health
	// on, Pprof its profiles; that may be empty.
	Metrics, Probes, Pprof string
	// Ready is how long it may take to become healthy.
	Ready time.Duration
}

// child is a controller that is a process on this machine.
type child struct {
	*process.Process
	metrics, pprof string
}

func (c child) Metrics() meter.Endpoint { return meter.Endpoint{URL: c.metrics} }

func (c child) Pprof() meter.Endpoint { return meter.Endpoint{URL: c.pprof} }

// Start starts a build to which settings were applied and waits until it is
// healthy and serves its metrics. Its environment is that of the settings and nothing else, so that neither
// its size nor its content differs from machine to machine or arm to arm.
func (b *Build) Start(ctx context.Context, r Run) (Controller, error) {
	args := []string{
		"--kubeconfig=" + r.Kubeconfig,
		"--" + metricsFlag + "=" + r.Metrics,
		"--health-probe-bind-address=" + r.Probes,
	}
	if r.Pprof != "" {
		args = append(args, "--"+pprofFlag+"="+r.Pprof)
	}
	started, err := process.Start(ctx, process.Spec{
		Name: "KRO " + b.Info.Ref, Path: b.Binary, Args: append(args, b.Info.Args...), Env: b.Info.Env, Log: r.Log,
	})
	if err != nil {
		return nil, err
	}
	c := child{started, "http://" + r.Metrics + "/metrics", "http://" + r.Pprof + "/debug/pprof"}
	// KRO answers for its health before it knows whether it can serve metrics.
	for _, url := range []string{"http://" + r.Probes + "/readyz", c.metrics} {
		if err := started.WaitReady(ctx, url, r.Ready); err != nil {
			return nil, err
		}
	}
	return c, nil
}
