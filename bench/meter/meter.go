// Package meter measures a running controller: its API requests, its metrics, its
// CPU time and its memory. It also describes the machine.
package meter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// A Counter counts the API requests that reach a cluster.
type Counter interface {
	// Requests counts the API requests of all clients since the start.
	Requests(ctx context.Context) ([]bench.RequestCount, error)
	// Quiet waits until the controller has made no request for the window. If that
	// does not happen within limit, it fails with [ErrNotQuiet].
	Quiet(ctx context.Context, window, limit time.Duration) error
}

// A Process is a controller as the operating system sees it. Where only the controller's
// own metrics report what it uses, the errors are [process.ErrNotMeasured].
type Process interface {
	// Usage returns what it has used so far.
	Usage() (process.Usage, error)
	// TakePeak returns its largest resident memory since the last call, in bytes.
	TakePeak() (uint64, error)
}

// A Meter reads all counters of one running controller.
type Meter struct {
	Metrics Endpoint // the controller's, in Prometheus text
	Process Process  // the controller's
	// Pprof serves the controller's pprof profiles. Without it, the controller is not made
	// to collect garbage.
	Pprof Endpoint
	// Counter counts its API requests. It is nil where the cluster cannot count them
	// and only the controller's own metrics do.
	Counter Counter
	// Writes counts the writes to the cluster's storage by all clients. It is nil
	// where the cluster does not count them.
	Writes func(ctx context.Context) (float64, error)

	scrapes int // so far
}

// A Reading is the state of all counters at one moment. Counters only grow, so the
// difference of two readings is what happened between them.
type Reading struct {
	Time     time.Time
	Scrape   Scrape
	Levels   Scrape               // after a garbage collection, if there was one
	Requests []bench.RequestCount // nil where the cluster does not count them
	Usage    *process.Usage       // nil where neither the system nor the controller reports it
	PeakB    *uint64              // since Begin; nil where the system does not report it
	Writes   *float64             // nil where the cluster does not count them
	scrapes  int                  // number of scrapes before this reading's
	// scrapeCost is what one scrape adds to the allocation counters.
	scrapeCost Scrape
}

// Begin reads the counters before a piece of work. It scrapes the metrics first, and
// twice: the difference is what a scrape costs the controller.
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
	if r.Usage, err = measured(m.Process.Usage()); err != nil {
		return Reading{}, err
	}
	if _, err := measured(m.Process.TakePeak()); err != nil { // of what was before
		return Reading{}, err
	}
	r.complete()
	r.Time = time.Now()
	return r, nil
}

// End reads the counters after a piece of work, in the reverse order of Begin, so
// that the CPU time between the two includes no scrape. Its garbage collection comes last.
func (m *Meter) End(ctx context.Context) (r Reading, err error) {
	r.Time = time.Now()
	if r.Usage, err = measured(m.Process.Usage()); err != nil {
		return Reading{}, err
	}
	if r.PeakB, err = measured(m.Process.TakePeak()); err != nil {
		return Reading{}, err
	}
	if err := m.count(ctx, &r); err != nil {
		return Reading{}, err
	}
	r.scrapes = m.scrapes
	if r.Scrape, err = m.scrape(ctx); err != nil {
		return Reading{}, err
	}
	r.Levels = r.Scrape
	if m.Pprof.URL != "" {
		if err := m.collect(ctx); err != nil {
			return Reading{}, err
		}
		if r.Levels, err = m.scrape(ctx); err != nil {
			return Reading{}, err
		}
	}
	r.complete()
	return r, nil
}

// Settle waits until the controller has done nothing for the window. If that does not
// happen within limit, it fails with [ErrNotQuiet]. Where the cluster does not count
// requests, Settle looks at reconciles.
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

// collect makes the controller collect its garbage: it serves its heap profile after a
// collection.
func (m *Meter) collect(ctx context.Context) error {
	heap := Endpoint{m.Pprof.Client, m.Pprof.URL + "/heap?gc=1"}
	body, err := heap.Get(ctx)
	if err != nil {
		return fmt.Errorf("garbage collection of the controller: %w", err)
	}
	_, err = io.Copy(io.Discard, body)
	return errors.Join(err, body.Close())
}

func (m *Meter) scrape(ctx context.Context) (Scrape, error) {
	m.scrapes++
	return scrape(ctx, m.Metrics)
}

// count reads the counts of the cluster.
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

// measured returns nil for a figure that the operating system does not report.
func measured[T any](figure T, err error) (*T, error) {
	if errors.Is(err, process.ErrNotMeasured) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("usage of the controller: %w", err)
	}
	return &figure, nil
}

// complete takes CPU time and memory from the controller's own metrics if the operating
// system did not report them. That CPU time has ticks of 10 ms and includes one scrape.
func (r *Reading) complete() {
	cpu, ok := r.Scrape[processCPU]
	if r.Usage == nil && ok {
		r.Usage = &process.Usage{CPUSeconds: cpu, ResidentB: uint64(r.Scrape[processRSS])}
	}
}

// Diff returns the average cost of one operation between two readings, by metric. A
// metric that one of the readings lacks is absent.
func Diff(before, after Reading, ops int) map[string]float64 {
	if before.Scrape[startTime] != after.Scrape[startTime] {
		before.Scrape = nil // a controller that was restarted counts from 0
	}
	metrics := make(map[string]float64)
	perOp := func(name string, total float64) { metrics[name] = total / float64(ops) }
	delta := func(names ...string) (float64, bool) {
		b, _ := before.Scrape.sum(names...) // a counter may have no series before its first increment
		a, ok := after.Scrape.sum(names...)
		return a - b, ok
	}
	for name, families := range map[string][]string{
		bench.ReconcilesPerOp:         reconciles,
		bench.InstanceReconcilesPerOp: {instanceReconciles},
		bench.GraphBuildsPerOp:        graphBuilds,
		bench.CELEvalsPerOp:           {celEvals},
		bench.NodeEvalsPerOp:          {nodeEvals},
		bench.IgnoredChecksPerOp:      {ignoredChecks},
		bench.SchemaRequestsPerOp:     {schemaRequests},
		bench.GCCyclesPerOp:           {gcCycles},
	} {
		if d, ok := delta(families...); ok {
			perOp(name, d)
		}
	}
	for name := range after.Scrape {
		if !strings.HasPrefix(name, bench.ReconcilePrefix) && !strings.HasPrefix(name, bench.RequeuePrefix) {
			continue
		}
		if d, _ := delta(name); d != 0 {
			perOp(name+"/op", d)
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
	if after.PeakB != nil {
		metrics[bench.ResidentPeakBytes] = float64(*after.PeakB)
	}
	for name, level := range levels {
		held, exposed := after.Levels.sum(level.families...)
		if _, counted := after.Levels[level.beside]; exposed || counted {
			metrics[name] = held
		}
	}
	if live, ok := after.Levels.heapLive(); ok {
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
		// A controller that was not involved still allocates and runs a little, which
		// does not count towards the operations.
		for _, name := range []string{bench.AllocsPerOp, bench.BytesPerOp, bench.CPUSecPerOp} {
			delete(metrics, name)
		}
	}
	return metrics
}

// heapLive derives the live heap from the target of the next collection, by the Go GC
// guide's formula for GOGC=100, which KRO's settings have:
// target = live + (live + roots), with the stacks as roots.
func (s Scrape) heapLive() (float64, bool) {
	target, ok := s[nextGC]
	stacks, okStacks := s[stackBytes]
	return (target - stacks) / 2, ok && okStacks
}

// clientMetrics counts the controller's requests by the metrics of its own client, which
// have only the total.
func clientMetrics(before, after Scrape) map[string]float64 {
	total, ok := after.sum(clientLatencies)
	_, elected := after[leaderStatus]
	if !ok || elected {
		return nil // the counters would include watches or leases, which do not belong to the work
	}
	already, _ := before.sum(clientLatencies)
	return map[string]float64{bench.RequestsPerOp: total - already}
}

// requestMetrics counts the controller's requests between two readings: in total, by
// verb and resource, and in bytes. Without a byte received the counter does not see
// bytes, because every controller receives some.
func requestMetrics(before, after []bench.RequestCount) map[string]float64 {
	totals := map[string]float64{bench.RequestsPerOp: 0, bench.SentBytesPerOp: 0, bench.ReceivedBytesPerOp: 0}
	received := int64(0)
	add := func(counts []bench.RequestCount, sign float64) {
		for _, c := range counts {
			if strings.HasPrefix(c.UserAgent, GatePrefix) {
				continue
			}
			if c.Verb != "watch" { // a client reopens its watches from time to time
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

// resource returns the resource in a metric's name. The kinds that RGDs define differ
// from benchmark to benchmark, so they are all called instances.
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
