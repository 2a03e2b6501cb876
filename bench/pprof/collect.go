package pprof

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/pprof/profile"
)

// slice is the part of the CPU profile that one request takes. A client that hangs up
// gets nothing, so the end waits for the current slice. Between two slices, KRO runs
// unobserved for about a tenth of a second.
const slice = 5 * time.Second

// incomplete starts the comment in a CPU profile that lacks a part of its session.
// People can look at such a profile. Compared with whole ones, it would show less work.
const incomplete = "incomplete: "

// A Collector takes the profiles of one session.
type Collector struct {
	server server
	kinds  []Kind
	err    error            // the first error at the start
	before *profile.Profile // the heap at the start

	// Of the CPU profile. Slices are kept as received and decoded at the end:
	// the gate must not load the machine it measures on.
	stop   func() // asks for no further slice
	abort  context.CancelCauseFunc
	done   chan struct{} // closed after the last slice
	slices [][]byte
	failed error // the error that ended the slices
}

// Start starts to take profiles from the pprof server at baseURL, such as
// http://127.0.0.1:6060/debug/pprof. The caller must call [Collector.Stop], which
// returns all errors. The collector ends early if ctx is done.
func Start(ctx context.Context, client *http.Client, baseURL string, kinds []Kind) *Collector {
	c := &Collector{server: server{client, strings.TrimSuffix(baseURL, "/")}, kinds: kinds, done: make(chan struct{})}
	if slices.Contains(kinds, Heap) {
		c.before, c.err = c.heap(ctx)
	}
	if !slices.Contains(kinds, CPU) || c.err != nil {
		c.stop, c.abort = func() {}, func(error) {}
		close(c.done)
		return c
	}
	stopped := make(chan struct{})
	c.stop = sync.OnceFunc(func() { close(stopped) })
	ctx, c.abort = context.WithCancelCause(ctx)
	go c.sample(ctx, stopped)
	return c
}

// sample takes slices of the CPU profile until it is stopped or a slice fails.
func (c *Collector) sample(ctx context.Context, stopped <-chan struct{}) {
	defer close(c.done)
	for {
		data, err := c.server.get(ctx, fmt.Sprintf("profile?seconds=%d", int(slice.Seconds())))
		if err != nil {
			c.failed = fmt.Errorf("cpu profile: %w", err)
			return
		}
		c.slices = append(c.slices, data)
		select {
		case <-stopped:
			return
		default:
		}
	}
}

// Stop ends the collector and returns the profiles it has, even if it also returns an
// error: the first one of the session. It waits for the current slice of the CPU
// profile, five seconds at most, unless ctx is done.
func (c *Collector) Stop(ctx context.Context) (map[Kind]*profile.Profile, error) {
	defer c.abort(nil)
	c.stop()
	profiles := make(map[Kind]*profile.Profile)
	var heapErr error
	if c.before != nil { // first, so that it holds only the work
		if after, err := c.heap(ctx); err != nil {
			heapErr = err
		} else if heap, err := since(c.before, after); err != nil {
			heapErr = fmt.Errorf("heap profile: %w", err)
		} else {
			profiles[Heap] = heap
		}
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.abort(context.Cause(ctx))
		<-c.done
	}
	cpu, cpuErr := c.cpu()
	cpuErr = cmp.Or(c.failed, cpuErr)
	if cpu != nil {
		if cpuErr != nil {
			cpu.Comments = append(cpu.Comments, incomplete+cpuErr.Error())
		}
		profiles[CPU] = cpu
	}
	return profiles, cmp.Or(c.err, cpuErr, heapErr)
}

// cpu merges the slices.
func (c *Collector) cpu() (*profile.Profile, error) {
	var parts []*profile.Profile
	var failed error
	for _, data := range c.slices {
		p, err := decode(data)
		if err != nil {
			failed = fmt.Errorf("cpu profile: %w", err)
			continue
		}
		parts = append(parts, p)
	}
	if len(parts) == 0 {
		return nil, failed
	}
	merged, err := profile.Merge(parts)
	if err != nil {
		return nil, fmt.Errorf("cpu profile: %w", err)
	}
	return merged, failed
}

// heap returns the heap profile after a garbage collection. Without the collection, the
// profile would lack what was allocated since the last one.
func (c *Collector) heap(ctx context.Context) (*profile.Profile, error) {
	data, err := c.server.get(ctx, "heap?gc=1")
	if err != nil {
		return nil, fmt.Errorf("heap profile: %w", err)
	}
	p, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("heap profile: %w", err)
	}
	return p, nil
}

// since returns after minus before, in the sample types that count from the start of
// the process. Memory in use is that of after.
func since(before, after *profile.Profile) (*profile.Profile, error) {
	ratios := make([]float64, len(before.SampleType))
	for i, t := range before.SampleType {
		if strings.HasPrefix(t.Type, "alloc_") {
			ratios[i] = -1
		}
	}
	if err := before.ScaleN(ratios); err != nil {
		return nil, err
	}
	return profile.Merge([]*profile.Profile{after, before})
}
