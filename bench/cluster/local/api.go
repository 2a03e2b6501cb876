package local

import (
	"context"
	"fmt"

	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// An api is a control plane for the length of a session.
type api struct {
	*controlPlane
	processes map[string]cluster.Usage
	end       func() error
}

func newAPI(plane *controlPlane, end func() error) cluster.API {
	a := api{plane, make(map[string]cluster.Usage), end}
	for name, child := range map[string]*process.Process{
		"apiserver": plane.apiserver, "etcd": plane.etcd, "proxy": plane.proxy,
	} {
		a.processes[name] = cluster.Since(child.Usage)
	}
	return a
}

func (a api) Config() *rest.Config { return a.config() }

func (a api) Kubeconfig() string { return a.kubeconfig }

func (a api) Counter() meter.Counter { return meter.Remote{URL: a.proxyURL} }

func (a api) Processes() map[string]cluster.Usage { return a.processes }

func (a api) Done() <-chan struct{} { return a.done }

func (a api) Ended() error { return a.ended() }

func (a api) Stop() error { return a.end() }

// Writes implements [cluster.API]. It counts the puts and deletions in etcd.
func (a api) Writes() func(context.Context) (float64, error) {
	metrics := meter.Endpoint{URL: a.etcdURL + "/metrics"}
	return func(ctx context.Context) (float64, error) {
		total, ok, err := metrics.Sum(ctx, "etcd_mvcc_put_total", "etcd_mvcc_delete_total")
		if err == nil && !ok {
			err = fmt.Errorf("%s has neither puts nor deletions", metrics.URL)
		}
		return total, err
	}
}
