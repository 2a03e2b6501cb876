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

// A place is the cluster for the length of a session.
type place struct {
	cluster   *Cluster
	config    *rest.Config
	watchdog  *cluster.Watchdog
	stats     *process.Process // in the node: its end is the node's
	processes map[string]cluster.Usage
	// Of a cluster that the run created.
	counter *audit
	tail    *process.Process

	files []io.Closer
	done  chan struct{} // closed when the API server or its node has ended
}

var _ cluster.Inside = (*place)(nil)

func (c *Cluster) newPlace(ctx context.Context, dir string, node nodes.Node, config *rest.Config) (_ cluster.Place, err error) {
	client, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return nil, err
	}
	p := &place{cluster: c, config: config, done: make(chan struct{})}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	stats, child, err := startStats(ctx, node.String(), filepath.Join(dir, "processes.log"))
	if err != nil {
		return nil, err
	}
	p.stats, p.processes = child, stats.processes(c.created)
	p.files = append(p.files, stats.file)
	if c.created {
		if err := p.follow(ctx, node.String(), filepath.Join(dir, "audit.log")); err != nil {
			return nil, err
		}
	}
	p.watchdog = cluster.Watch("the API of the kind cluster "+c.name, client.RESTClient())
	go p.watch()
	return p, nil
}

// watch waits for the end of what the session needs. Without its copy of the audit
// log, requests would go uncounted.
func (p *place) watch() {
	defer close(p.done)
	var tail <-chan struct{}
	if p.tail != nil {
		tail = p.tail.Done()
	}
	select {
	case <-p.stats.Done():
	case <-p.watchdog.Done():
	case <-tail:
		select { // when the node has ended, both end
		case <-p.stats.Done():
		case <-time.After(time.Second):
		}
	}
}

// follow counts what the audit log says from now on, through a copy of it.
func (p *place) follow(ctx context.Context, node, copy string) (err error) {
	p.tail, err = process.Start(ctx, process.Spec{
		Name: "the copying of the audit log of the node " + node, Path: "docker", Log: copy,
		// Where tail is not told of changes, it looks every second unless it is asked
		// to look more often: a controller would seem to have settled before.
		Args: []string{"exec", node, "tail", "-n", "0", "-s", "0.05", "-F", auditLog},
	})
	if err != nil {
		return err
	}
	file, err := os.Open(copy)
	if err != nil {
		return err
	}
	p.files = append(p.files, file)
	p.counter = readAudit(file)
	return nil
}

func (p *place) Config() *rest.Config { return rest.CopyConfig(p.config) }

// Kubeconfig is empty: the controller runs inside.
func (p *place) Kubeconfig() string { return "" }

func (p *place) Counter() meter.Counter {
	if p.counter == nil {
		return nil
	}
	return p.counter
}

func (p *place) Writes() func(context.Context) (float64, error) { return nil }

func (p *place) Processes() map[string]cluster.Usage { return p.processes }

func (p *place) Done() <-chan struct{} { return p.done }

func (p *place) Ended() error {
	if err := p.watchdog.Ended(); err != nil {
		return err
	}
	if p.stats.Exited() != nil {
		return fmt.Errorf("the node of the kind cluster %s ended", p.cluster.name)
	}
	if p.tail != nil {
		return p.tail.Exited()
	}
	return nil
}

// Stop leaves the cluster as it was found, unless its end was the session's: the
// next session cleans then.
func (p *place) Stop() error {
	ended := p.Ended()
	p.watchdog.Stop()
	p.close()
	if ended != nil {
		return nil
	}
	return p.cluster.clean(context.Background(), p.config)
}

// close ends what looks into the node.
func (p *place) close() {
	for _, child := range []*process.Process{p.tail, p.stats} {
		if child != nil {
			child.Kill()
		}
	}
	for _, file := range p.files {
		_ = file.Close() // it was read only
	}
}

// Image loads an image from its archive into every node.
func (p *place) Image(_ context.Context, archive, name, _ string) (string, error) {
	all, err := p.cluster.provider.ListInternalNodes(p.cluster.name)
	if err != nil {
		return "", err
	}
	var failed error
	for _, node := range all {
		if id, err := nodeutils.ImageID(node, name); err == nil && id != "" {
			continue // of an earlier session
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
