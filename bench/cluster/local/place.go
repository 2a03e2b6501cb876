package local

import (
	"context"
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// A place is a control plane for the length of a session.
type place struct {
	*controlPlane
	processes map[string]cluster.Usage
	end       func() error
}

func newPlace(plane *controlPlane, end func() error) cluster.Place {
	p := place{plane, make(map[string]cluster.Usage), end}
	for name, child := range map[string]*process.Process{
		"apiserver": plane.apiserver, "etcd": plane.etcd, "proxy": plane.proxy,
	} {
		p.processes[name] = cluster.Since(child.Usage)
	}
	return p
}

func (p place) Config() *rest.Config { return p.config() }

func (p place) Kubeconfig() string { return p.kubeconfig }

func (p place) Counter() meter.Counter { return meter.Remote{URL: p.proxyURL} }

func (p place) Processes() map[string]cluster.Usage { return p.processes }

func (p place) Done() <-chan struct{} { return p.done }

func (p place) Ended() error { return p.ended() }

func (p place) Stop() error { return p.end() }

// Writes counts the puts and deletions in etcd.
func (p place) Writes() func(context.Context) (float64, error) {
	metrics := meter.Endpoint{URL: p.etcdURL + "/metrics"}
	return func(ctx context.Context) (float64, error) {
		total, ok, err := metrics.Sum(ctx, "etcd_mvcc_put_total", "etcd_mvcc_delete_total")
		if err == nil && !ok {
			err = fmt.Errorf("%s has neither puts nor deletions", metrics.URL)
		}
		return total, err
	}
}
