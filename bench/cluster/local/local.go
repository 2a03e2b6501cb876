package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
)

// Cluster starts control planes on this machine.
type Cluster struct {
	Binaries Binaries
	// Sharing says which sessions share a control plane. Empty means none.
	Sharing bench.ControlPlane
	// Proxy is the command that starts the counting proxy. The cluster adds --listen and
	// --kubeconfig to it.
	Proxy []string
	// Agent is the user agent of the gate's own client.
	Agent string

	dir    string
	mu     sync.Mutex // guards shared: two sessions can start at once
	shared map[string]*controlPlane
}

var _ cluster.Cluster = (*Cluster)(nil)

// Open checks that the programs run on this machine.
func (c *Cluster) Open(ctx context.Context, dir string) (kubernetes string, err error) {
	c.dir, c.shared = dir, make(map[string]*controlPlane)
	return c.Binaries.version(ctx)
}

// Close ends the control planes that sessions shared.
func (c *Cluster) Close() error {
	for _, plane := range c.shared {
		plane.stop()
	}
	return nil
}

// Start starts a control plane, or cleans a shared one.
func (c *Cluster) Start(ctx context.Context, s cluster.Session) (cluster.API, error) {
	if c.Sharing == "" || c.Sharing == bench.PerSession {
		plane, err := c.start(ctx, s.Dir)
		if err != nil {
			return nil, err
		}
		return newAPI(plane, func() error { plane.stop(); return nil }), nil
	}
	key := string(c.Sharing)
	if c.Sharing == bench.PerArm {
		key = string(s.Arm)
	}
	plane, err := c.share(ctx, key)
	if err != nil {
		return nil, err
	}
	if err := c.clean(ctx, plane); err != nil {
		return nil, err
	}
	return newAPI(plane, func() error {
		if plane.ended() != nil {
			return nil // there is nothing left to clean
		}
		return c.clean(context.WithoutCancel(ctx), plane)
	}), nil
}

// share returns the control plane of the sessions with a key.
func (c *Cluster) share(ctx context.Context, key string) (*controlPlane, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if plane := c.shared[key]; plane != nil && plane.ended() == nil {
		return plane, nil
	}
	plane, err := c.start(ctx, filepath.Join(c.dir, "control-plane-"+key))
	if err != nil {
		return nil, err
	}
	c.shared[key] = plane
	return plane, nil
}

// clean deletes what a session has left, because no controller does.
func (c *Cluster) clean(ctx context.Context, plane *controlPlane) error {
	if err := cluster.Clean(ctx, plane.config(), cluster.NoControllers); err != nil {
		return errors.Join(fmt.Errorf("cleaning the control plane: %w", err), plane.ended())
	}
	return nil
}
