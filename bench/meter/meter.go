// Package meter counts what a controller costs: its API requests, what its
// metrics tell, its CPU time and memory. It also describes the machine.
package meter

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// A Counter counts the API requests that reach a cluster.
type Counter interface {
	// Requests counts the API requests of all clients since the start.
	Requests(ctx context.Context) ([]bench.RequestCount, error)
	// Quiet waits until the controller has made no request for the window; it
	// fails with [ErrNotQuiet] when that does not happen within limit.
	Quiet(ctx context.Context, window, limit time.Duration) error
}

// A Meter reads everything that is counted about one running controller.
type Meter struct {
	Metrics Endpoint                      // the controller's, in Prometheus text
	Usage   func() (process.Usage, error) // of the controller
	// Counter counts its API requests; nil where the cluster cannot, and the
	// controller's own metrics have to tell.
	Counter Counter
	// Writes counts the writes to the cluster's storage, by all its clients; nil
	// where the cluster does not tell.
	Writes func(ctx context.Context) (float64, error)

	scrapes int // so far
}

// A Reading is the state of all counters at one moment. Counters only grow, so
// two readings tell what happened between them.
type Reading struct {
	Time     time.Time
	Scrape   Scrape
	Requests []bench.RequestCount // nil where the cluster does not count them
	Usage    *process.Usage       // nil where neither the system nor the controller tells
	Writes   *float64             // nil where the cluster does not tell
	scrapes  int                  // how many there were before this one's
	// scrapeCost is what one scrape itself adds to the allocation counters.
	scrapeCost Scrape
}

// Begin reads the counters before a piece of work. The metrics are scraped
// first, twice: the difference is what a scrape costs the controller.
func (m *Meter) Begin(ctx context.Context) (Reading, error) {
	first, err := m.scrape(ctx)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{scrapes: m.scrapes, scrapeCost: make(Scrape)}
	if r.Scrape, err = m.scrape(ctx); err != nil {
		return Reading{}, err
	}
	for _, name := range []string{mallocs, allocBytes} {
		if _, ok := first[name]; ok {
			r.scrapeCost[name] = r.Scrape[name] - first[name]
		}
	}
	if err := m.count(ctx, &r); err != nil {
		return Reading{}, err
	}
	if r.Usage, err = m.usage(); err != nil {
		return Reading{}, err
	}
	r.complete()
	r.Time = time.Now()
	return r, nil
}

// End reads the counters after a piece of work, in the reverse order of Begin,
// so that CPU time between the two holds no scrape.
func (m *Meter) End(ctx context.Context) (r Reading, err error) {
	r.Time = time.Now()
	if r.Usage, err = m.usage(); err != nil {
		return Reading{}, err
	}
	if err := m.count(ctx, &r); err != nil {
		return Reading{}, err
	}
	r.scrapes = m.scrapes
	if r.Scrape, err = m.scrape(ctx); err != nil {
		return Reading{}, err
	}
	r.complete()
	return r, nil
}

// Settle waits until the controller has done nothing for the window, and fails
// with [ErrNotQuiet] when that does not happen within limit. Where its requests
// cannot be seen, its reconciles tell.
func (m *Meter) Settle(ctx context.Context, window, limit time.Duration) error {
	if m.Counter != nil {
		return m.Counter.Quiet(ctx, window, limit)
	}
	deadline := time.Now().Add(limit)
	for before := -1.0; ; {
		s, err := m.scrape(ctx)
		if err != nil {
			return err
		}
		after, _ := s.sum(reconciles...)
		if after == before {
			return nil
		}
		if time.Now().Add(window).After(deadline) {
			return ErrNotQuiet{Window: window, Limit: limit}
		}
		before = after
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(window):
		}
	}
}

// CPUSeconds is the controller's CPU time so far, as the operating system tells
// it; ok is false where it does not.
func (m *Meter) CPUSeconds() (seconds float64, ok bool, err error) {
	u, err := m.usage()
	if u == nil || err != nil {
		return 0, false, err
	}
	return u.CPUSeconds, true, nil
}

func (m *Meter) scrape(ctx context.Context) (Scrape, error) {
	m.scrapes++
	return scrape(ctx, m.Metrics)
}

// count reads what the cluster counts.
func (m *Meter) count(ctx context.Context, r *Reading) (err error) {
	if m.Counter != nil {
		if r.Requests, err = m.Counter.Requests(ctx); err != nil {
			return fmt.Errorf("API requests: %w", err)
		}
	}
	if m.Writes != nil {
		writes, err := m.Writes(ctx)
		if err != nil {
			return fmt.Errorf("writes to the storage: %w", err)
		}
		r.Writes = &writes
	}
	return nil
}

func (m *Meter) usage() (*process.Usage, error) {
	u, err := m.Usage()
	if errors.Is(err, process.ErrNotMeasured) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("usage of the controller: %w", err)
	}
	return &u, nil
}

// complete takes from the controller's own metrics what the operating system did
// not tell: CPU time in ticks of 10 ms that holds one scrape, and memory.
func (r *Reading) complete() {
	cpu, ok := r.Scrape[processCPU]
	if r.Usage == nil && ok {
		r.Usage = &process.Usage{CPUSeconds: cpu, ResidentB: uint64(r.Scrape[processRSS])}
	}
}

// Diff is what one operation cost on average between two readings, by metric.
// What either reading lacks is absent.
func Diff(before, after Reading, ops int) map[string]float64 {
	metrics := make(map[string]float64)
	perOp := func(name string, total float64) { metrics[name] = total / float64(ops) }
	delta := func(names ...string) (float64, bool) {
		b, _ := before.Scrape.sum(names...) // a counter may have no series before its first increment
		a, ok := after.Scrape.sum(names...)
		return a - b, ok
	}
	for name, families := range map[string][]string{
		bench.ReconcilesPerOp:  reconciles,
		bench.GraphBuildsPerOp: graphBuilds,
		bench.CELEvalsPerOp:    {celEvals},
	} {
		if d, ok := delta(families...); ok {
			perOp(name, d)
		}
	}
	for name, family := range map[string]string{bench.AllocsPerOp: mallocs, bench.BytesPerOp: allocBytes} {
		if d, ok := delta(family); ok {
			perOp(name, d-float64(after.scrapes-before.scrapes)*before.scrapeCost[family])
		}
	}
	for name, h := range map[string]struct{ sum, count string }{
		bench.CELEvalSec:   {celEvalSum, celEvalCount},
		bench.ReconcileSec: {reconcileSum, reconcileSize},
	} {
		sum, okSum := delta(h.sum)
		count, okCount := delta(h.count)
		if okSum && okCount && count > 0 {
			metrics[name] = sum / count
		}
	}
	if before.Usage != nil && after.Usage != nil {
		perOp(bench.CPUSecPerOp, after.Usage.CPUSeconds-before.Usage.CPUSeconds)
		metrics[bench.ResidentBytes] = float64(after.Usage.ResidentB)
	}
	if live, ok := after.Scrape.heapLive(); ok {
		metrics[bench.HeapLiveBytes] = live
	}
	if before.Writes != nil && after.Writes != nil {
		perOp(bench.EtcdWritesPerOp, *after.Writes-*before.Writes)
	}
	requests := requestMetrics(before.Requests, after.Requests)
	if after.Requests == nil {
		requests = clientMetrics(before.Scrape, after.Scrape)
	}
	for name, total := range requests {
		perOp(name, total)
	}
	if total, counted := metrics[bench.RequestsPerOp]; counted && total == 0 {
		// A controller that was not involved still allocates and runs a little,
		// which is no cost of the operations.
		for _, name := range []string{bench.AllocsPerOp, bench.BytesPerOp, bench.CPUSecPerOp} {
			delete(metrics, name)
		}
	}
	return metrics
}

// heapLive derives the live heap from the target of the next collection, by the
// Go GC guide's formula for GOGC=100, which the profile sets:
// target = live + (live + roots), with the stacks as roots.
func (s Scrape) heapLive() (float64, bool) {
	target, ok := s[nextGC]
	stacks, okStacks := s[stackBytes]
	return (target - stacks) / 2, ok && okStacks
}

// clientMetrics counts the controller's requests by its own client's metrics:
// in total alone, which is all that they tell.
func clientMetrics(before, after Scrape) map[string]float64 {
	total, ok := after.sum(clientLatencies)
	_, elected := after[leaderStatus]
	if !ok || elected {
		return nil // only counters that have in them what is no cost of the work: watches, leases
	}
	already, _ := before.sum(clientLatencies)
	return map[string]float64{bench.RequestsPerOp: total - already}
}

// requestMetrics counts the controller's requests between two readings: in
// total, by verb and resource, and in bytes, unless whoever counts does not see
// these: no controller lives without receiving any.
func requestMetrics(before, after []bench.RequestCount) map[string]float64 {
	totals := map[string]float64{bench.RequestsPerOp: 0, bench.SentBytesPerOp: 0, bench.ReceivedBytesPerOp: 0}
	received := int64(0)
	add := func(counts []bench.RequestCount, sign float64) {
		for _, c := range counts {
			if strings.HasPrefix(c.UserAgent, GatePrefix) {
				continue
			}
			if c.Verb != "watch" { // a client opens its watches anew as time passes
				totals[bench.RequestsPerOp] += sign * float64(c.Count)
			}
			totals[bench.RequestPrefix+c.Verb+":"+resource(c)+"/op"] += sign * float64(c.Count)
			totals[bench.SentBytesPerOp] += sign * float64(c.SentB)
			totals[bench.ReceivedBytesPerOp] += sign * float64(c.ReceivedB)
			received += c.ReceivedB
		}
	}
	add(after, 1)
	add(before, -1)
	if received == 0 {
		delete(totals, bench.SentBytesPerOp)
		delete(totals, bench.ReceivedBytesPerOp)
	}
	for name, total := range totals {
		if total == 0 && strings.HasPrefix(name, bench.RequestPrefix) {
			delete(totals, name)
		}
	}
	return totals
}

// resource names what a request is about. The kinds that RGDs define differ
// from benchmark to benchmark and are all called instances.
func resource(c bench.RequestCount) string {
	if c.Group != "kro.run" || strings.HasPrefix(c.Resource, "resourcegraphdefinitions") {
		return c.Resource
	}
	_, sub, has := strings.Cut(c.Resource, "/")
	if has {
		return "instances/" + sub
	}
	return "instances"
}
