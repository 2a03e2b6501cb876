// Package simulation is the cluster that needs nothing but the gate's own
// binary: the unmodified KRO runs against a Kubernetes API server that the gate
// serves itself, from real upstream machinery over storage in memory (package
// apiserver). The server is a child process, so that its CPU time and memory
// are counted apart from the gate's, and each session gets a new one.
package simulation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/process"
)

// Cluster starts simulated API servers.
type Cluster struct {
	// Command starts a server; --listen and its address are added to it.
	Command []string
	// Agent is the user agent of the gate's own client.
	Agent string
}

var _ cluster.Cluster = Cluster{}

// serverEnv keeps the server's garbage collector out of the way of what is
// measured beside it, and its parallelism the same on every machine.
var serverEnv = []string{"GOGC=400", "GOMAXPROCS=2"}

// Kubernetes is the version of the API that the server serves.
func (c Cluster) Kubernetes() string {
	return compatibility.DefaultBuildEffectiveVersion().BinaryVersion().String()
}

// Start starts a server with empty storage.
func (c Cluster) Start(ctx context.Context, dir string) (cluster.Place, error) {
	addresses, err := process.FreeAddresses(1)
	if err != nil {
		return nil, err
	}
	server := "http://" + addresses[0]
	child, err := process.Start(ctx, process.Spec{
		Name: "the simulated API server", Path: c.Command[0],
		Args: append(append([]string(nil), c.Command[1:]...), "--listen", addresses[0]),
		Env:  serverEnv, Log: filepath.Join(dir, "apiserver.log"), Lifeline: true,
	})
	if err != nil {
		return nil, err
	}
	if err := child.WaitReady(ctx, server+"/readyz", 60*time.Second); err != nil {
		return nil, err
	}
	p := &place{Process: child, server: server, kubeconfig: filepath.Join(dir, "kubeconfig"), agent: c.Agent}
	if err := writeKubeconfig(p.kubeconfig, server); err != nil {
		child.Kill()
		return nil, err
	}
	return p, nil
}

func writeKubeconfig(path, server string) error {
	const name = "simulation"
	config := clientcmdapi.NewConfig()
	config.Clusters[name] = &clientcmdapi.Cluster{Server: server}
	config.AuthInfos[name] = &clientcmdapi.AuthInfo{}
	config.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	config.CurrentContext = name
	return clientcmd.WriteToFile(*config, path)
}

// place is one running server.
type place struct {
	*process.Process
	server, kubeconfig, agent string
}

func (p *place) Config() *rest.Config {
	return &rest.Config{Host: p.server, UserAgent: p.agent, QPS: -1}
}

func (p *place) Kubeconfig() string { return p.kubeconfig }

func (p *place) Ended() error { return p.Exited() }

func (p *place) Requests(ctx context.Context) ([]bench.RequestCount, error) {
	var counts []bench.RequestCount
	err := p.get(ctx, "/perf-gate/v1/requests", &counts)
	return counts, err
}

func (p *place) Quiet(ctx context.Context, window, limit time.Duration) error {
	var answer struct{ Quiet bool }
	query := url.Values{"window": {window.String()}, "timeout": {limit.String()}}
	if err := p.get(ctx, "/perf-gate/v1/quiet?"+query.Encode(), &answer); err != nil {
		return err
	}
	if !answer.Quiet {
		return cluster.ErrNotQuiet{Window: window, Limit: limit}
	}
	return nil
}

// get asks the server's control paths, which it does not count.
func (p *place) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return errors.Join(err, p.Exited())
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the simulated API server: GET %s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
