package kro

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// child is a controller that is a process on this machine.
type child struct {
	metrics, pprof string
	// start starts a build, which writes to a log, and waits until it is healthy.
	start func(as *Build, log string) (*process.Process, error)
	done  chan struct{} // closed when the current process has ended, unless for a restart

	mu      sync.Mutex
	current *process.Process
	log     string // of the first process
	starts  int
	spent   float64 // seconds of CPU time of earlier processes
}

func (c *child) Metrics() meter.Endpoint { return meter.Endpoint{URL: c.metrics} }

func (c *child) Pprof() meter.Endpoint { return meter.Endpoint{URL: c.pprof} }

// run makes a process the current one.
func (c *child) run(p *process.Process) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = p
	c.starts++
	go func() {
		<-p.Done()
		if c.process() == p {
			close(c.done)
		}
	}()
}

// process returns the current process, or nil during a restart.
func (c *child) process() *process.Process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

func (c *child) Done() <-chan struct{} { return c.done }

func (c *child) Exited() error { return c.process().Exited() }

func (c *child) PID() int { return c.process().PID() }

func (c *child) Usage() (process.Usage, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current == nil {
		return process.Usage{CPUSeconds: c.spent}, nil
	}
	u, err := c.current.Usage()
	u.CPUSeconds += c.spent
	return u, err
}

// TakePeak returns the peak of the current process.
func (c *child) TakePeak() (uint64, error) { return c.process().TakePeak() }

func (c *child) Stop() error {
	if p := c.process(); p != nil {
		return p.Stop()
	}
	return nil
}

// Restart implements [Restarter].
func (c *child) Restart(as *Build) error {
	c.mu.Lock()
	old := c.current
	used, err := old.Usage()
	if err == nil {
		c.spent += used.CPUSeconds
	}
	c.current = nil
	number := c.starts + 1
	c.mu.Unlock()
	if err := old.Stop(); err != nil {
		return err
	}
	extension := filepath.Ext(c.log)
	p, err := c.start(as, fmt.Sprintf("%s-%d%s", strings.TrimSuffix(c.log, extension), number, extension))
	if err != nil {
		return err
	}
	c.run(p)
	return nil
}
