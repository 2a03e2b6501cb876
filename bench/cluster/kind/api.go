package kind

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/kind/pkg/cluster/nodes"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// An api is the API of the cluster for the length of a session.
type api struct {
	cluster   *Cluster
	config    *rest.Config
	watchdog  *cluster.Watchdog
	stats     *process.Process // in the node: ends with it
	processes map[string]cluster.Usage
	// Only in a cluster that the run created.
	counter *audit
	tail    *process.Process

	files []io.Closer
	done  chan struct{} // closed when the API server or its node has ended
}

var _ cluster.Inside = (*api)(nil)

func (c *Cluster) newAPI(ctx context.Context, dir string, node nodes.Node, config *rest.Config) (_ cluster.API, err error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	a := &api{cluster: c, config: config, done: make(chan struct{})}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	stats, child, err := startStats(ctx, node.String(), filepath.Join(dir, "processes.log"))
	if err != nil {
		return nil, err
	}
	a.stats, a.processes = child, stats.processes(c.created)
	a.files = append(a.files, stats.file)
	if c.created {
		if err := a.follow(ctx, node.String(), filepath.Join(dir, "audit.log")); err != nil {
			return nil, err
		}
	}
	a.watchdog = cluster.Watch("the API of the kind cluster "+c.name, client.RESTClient())
	go a.watch()
	return a, nil
}

// watch waits for the end of something that the session needs. Without the copy of the
// audit log, requests would not be counted.
func (a *api) watch() {
	defer close(a.done)
	var tail <-chan struct{}
	if a.tail != nil {
		tail = a.tail.Done()
	}
	select {
	case <-a.stats.Done():
	case <-a.watchdog.Done():
	case <-tail:
		select { // both end with the node
		case <-a.stats.Done():
		case <-time.After(time.Second):
		}
	}
}

// follow starts to copy the audit log and to count requests from it.
func (a *api) follow(ctx context.Context, node, copy string) (err error) {
	a.tail, err = process.Start(ctx, process.Spec{
		Name: "the copy of the audit log of the node " + node, Path: "docker", Log: copy,
		// Where tail gets no notice of changes, it looks every second by default. A
		// controller would seem to have settled in between.
		Args: []string{"exec", node, "tail", "-n", "0", "-s", "0.05", "-F", auditLog},
	})
	if err != nil {
		return err
	}
	file, err := os.Open(copy)
	if err != nil {
		return err
	}
	a.files = append(a.files, file)
	a.counter = readAudit(file)
	return nil
}

func (a *api) Config() *rest.Config { return rest.CopyConfig(a.config) }

// Kubeconfig is empty: the controller runs inside.
func (a *api) Kubeconfig() string { return "" }

func (a *api) Counter() meter.Counter {
	if a.counter == nil {
		return nil
	}
	return a.counter
}

func (a *api) Writes() func(context.Context) (float64, error) { return nil }

func (a *api) Processes() map[string]cluster.Usage { return a.processes }

func (a *api) Done() <-chan struct{} { return a.done }

func (a *api) Ended() error {
	if err := a.watchdog.Ended(); err != nil {
		return err
	}
	if a.stats.Exited() != nil {
		return fmt.Errorf("the node of the kind cluster %s ended", a.cluster.name)
	}
	if a.tail != nil {
		return a.tail.Exited()
	}
	return nil
}

// Stop cleans the cluster, unless it ended during the session. The next session cleans it
// then.
func (a *api) Stop() error {
	ended := a.Ended()
	a.watchdog.Stop()
	a.close()
	if ended != nil {
		return nil
	}
	return a.cluster.clean(context.Background(), a.config)
}

// close ends the processes that look into the node, and closes their files.
func (a *api) close() {
	for _, child := range []*process.Process{a.tail, a.stats} {
		if child != nil {
			child.Kill()
		}
	}
	for _, file := range a.files {
		_ = file.Close() // it was only read
	}
}

// LoadImage loads an image from its archive into every node.
func (a *api) LoadImage(_ context.Context, archive, name, _ string) (string, error) {
	all, err := a.cluster.provider.ListInternalNodes(a.cluster.name)
	if err != nil {
		return "", err
	}
	var failed error
	for _, node := range all {
		if id, err := nodeutils.ImageID(node, name); err == nil && id != "" {
			continue // an earlier session loaded it
		}
		failed = errors.Join(failed, load(node, archive))
	}
	return name, failed
}

func load(node nodes.Node, archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := nodeutils.LoadImageArchive(node, file); err != nil {
		return fmt.Errorf("load %s into the node %s: %w", archive, node, err)
	}
	return nil
}
