package kro

import (
	"context"
	"time"

	"github.com/kro/perf-gate/bench/process"
)

// A Controller is a running KRO.
type Controller struct {
	*process.Process
	// MetricsURL serves its metrics in Prometheus text form.
	MetricsURL string
}

// Run says where a controller runs.
type Run struct {
	Kubeconfig string // path
	Log        string // file for its output
	// Metrics and Probes are the host:port it serves its metrics and its health
	// on.
	Metrics, Probes string
	// Ready is how long it may take to become healthy.
	Ready time.Duration
}

// Start starts a build to which a profile was applied and waits until it is
// healthy and serves its metrics. Its environment is the profile's and nothing else, so that neither
// its size nor its content differs from machine to machine or arm to arm.
func (b *Build) Start(ctx context.Context, r Run) (*Controller, error) {
	args := append([]string{
		"--kubeconfig=" + r.Kubeconfig,
		"--" + metricsFlag + "=" + r.Metrics,
		"--health-probe-bind-address=" + r.Probes,
	}, b.Info.Args...)
	child, err := process.Start(ctx, process.Spec{
		Name: "KRO " + b.Info.Ref, Path: b.Binary, Args: args, Env: b.Info.Env, Log: r.Log,
	})
	if err != nil {
		return nil, err
	}
	// KRO answers for its health before it knows whether it can serve metrics.
	metrics := "http://" + r.Metrics + "/metrics"
	for _, url := range []string{"http://" + r.Probes + "/readyz", metrics} {
		if err := child.WaitReady(ctx, url, r.Ready); err != nil {
			return nil, err
		}
	}
	return &Controller{Process: child, MetricsURL: metrics}, nil
}
