// Package simulation is a cluster that needs only the gate's own binary. The unmodified KRO
// runs against a Kubernetes API server that the gate itself provides: real upstream code with
// storage in memory (package apiserver). The server is a child process, so that its CPU time
// and memory are counted separately from the gate's. Each session gets a new one.
package simulation

import (
	"context"
	"path/filepath"
	"time"

	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// Cluster starts simulated API servers.
type Cluster struct {
	// Command is the command that starts a server. The cluster adds --listen to it.
	Command []string
	// Agent is the user agent of the gate's own client.
	Agent string
}

var _ cluster.Cluster = Cluster{}

// serverEnv limits the influence of the server's garbage collector on the measurement, and
// makes its parallelism the same on every machine.
var serverEnv = []string{"GOGC=400", "GOMAXPROCS=2"}

// Open returns the version of Kubernetes that the servers have.
func (c Cluster) Open(context.Context, string) (kubernetes string, err error) {
	return compatibility.DefaultBuildEffectiveVersion().BinaryVersion().String(), nil
}

// Close does nothing: each session ends its own server.
func (c Cluster) Close() error { return nil }

// Start starts a server with empty storage.
func (c Cluster) Start(ctx context.Context, s cluster.Session) (cluster.API, error) {
	addresses, err := process.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	server := "http://" + addresses[0]
	child, err := process.Start(ctx, process.Spec{
		Name: "the simulated API server", Path: c.Command[0],
		Args: append(append([]string(nil), c.Command[1:]...), "--listen", addresses[0]),
		Env:  serverEnv, Log: filepath.Join(s.Dir, "apiserver.log"), Lifeline: true,
	})
	if err != nil {
		return nil, err
	}
	if err := child.WaitReady(ctx, server+"/readyz", 60*time.Second); err != nil {
		return nil, err
	}
	a := &api{Process: child, server: server, kubeconfig: filepath.Join(s.Dir, "kubeconfig"), agent: c.Agent}
	if err := cluster.WriteKubeconfig(a.kubeconfig, server); err != nil {
		child.Kill()
		return nil, err
	}
	return a, nil
}

// An api is one running server.
type api struct {
	*process.Process
	server, kubeconfig, agent string
}

func (a *api) Config() *rest.Config {
	return cluster.ClientConfig(a.server, a.agent)
}

func (a *api) Kubeconfig() string { return a.kubeconfig }

func (a *api) Ended() error { return a.Exited() }

func (a *api) Counter() meter.Counter { return meter.Remote{URL: a.server} }

func (a *api) Writes() func(context.Context) (float64, error) { return nil }

func (a *api) Processes() map[string]cluster.Usage {
	return map[string]cluster.Usage{"apiserver": a.Usage}
}
