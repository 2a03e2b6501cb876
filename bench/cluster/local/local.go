package local

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
)

// Cluster starts control planes on this machine.
type Cluster struct {
	Binaries Binaries
	// Sharing says which sessions have a control plane in common; empty means
	// none.
	Sharing bench.ControlPlane
	// Proxy starts the counting proxy; --listen with its address and
	// --kubeconfig with a path are added to it.
	Proxy []string
	// Agent is the user agent of the gate's own client.
	Agent string

	dir    string
	shared map[string]*controlPlane
}

var _ cluster.Cluster = (*Cluster)(nil)

// Open makes sure that the programs run here.
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

// Start starts a control plane, or cleans the one that the session shares.
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
	plane := c.shared[key]
	if plane == nil || plane.ended() != nil {
		var err error
		if plane, err = c.start(ctx, filepath.Join(c.dir, "control-plane-"+key)); err != nil {
			return nil, err
		}
		c.shared[key] = plane
	}
	if err := c.clean(ctx, plane); err != nil {
		return nil, err
	}
	return newAPI(plane, func() error {
		if plane.ended() != nil {
			return nil // its end was the session's
		}
		return c.clean(context.WithoutCancel(ctx), plane)
	}), nil
}

// clean removes what a session left. There is no controller that would.
func (c *Cluster) clean(ctx context.Context, plane *controlPlane) error {
	if err := cluster.Clean(ctx, plane.config(), cluster.NoControllers); err != nil {
		return errors.Join(fmt.Errorf("cleaning the control plane: %w", err), plane.ended())
	}
	return nil
}
