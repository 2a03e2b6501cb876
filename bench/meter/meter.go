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

// A Meter reads everything that is counted about one running controller.
type Meter struct {
	MetricsURL string                                                  // the controller's
	Usage      func() (process.Usage, error)                           // of the controller
	Requests   func(ctx context.Context) ([]bench.RequestCount, error) // of all clients
}

// A Reading is the state of all counters at one moment. Counters only grow, so
// two readings tell what happened between them.
type Reading struct {
	Time     time.Time
	Scrape   Scrape
	Requests []bench.RequestCount
	Usage    *process.Usage // nil where the operating system does not tell
	// scrapeCost is what one scrape itself adds to the allocation counters.
	scrapeCost Scrape
}

// Begin reads the counters before a piece of work. The metrics are scraped
// first, twice: the difference is what a scrape costs the controller.
func (m *Meter) Begin(ctx context.Context) (Reading, error) {
	first, err := scrape(ctx, m.MetricsURL)
	if err != nil {
		return Reading{}, err
	}
	second, err := scrape(ctx, m.MetricsURL)
	if err != nil {
		return Reading{}, err
	}
	r := Reading{Scrape: second, scrapeCost: make(Scrape)}
	for _, name := range []string{mallocs, allocBytes} {
		if _, ok := first[name]; ok {
			r.scrapeCost[name] = second[name] - first[name]
		}
	}
	if r.Requests, err = m.Requests(ctx); err != nil {
		return Reading{}, err
	}
	if r.Usage, err = m.usage(); err != nil {
		return Reading{}, err
	}
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
	if r.Requests, err = m.Requests(ctx); err != nil {
		return Reading{}, err
	}
	if r.Scrape, err = scrape(ctx, m.MetricsURL); err != nil {
		return Reading{}, err
	}
	return r, nil
}

// CPUSeconds is the controller's CPU time so far; ok is false where it is not
// measured.
func (m *Meter) CPUSeconds() (seconds float64, ok bool, err error) {
	u, err := m.usage()
	if u == nil || err != nil {
		return 0, false, err
	}
	return u.CPUSeconds, true, nil
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
		"reconciles/op":   reconciles,
		"graph-builds/op": graphBuilds,
		"cel-evals/op":    {celEvals},
	} {
		if d, ok := delta(families...); ok {
			perOp(name, d)
		}
	}
	for name, family := range map[string]string{"allocs/op": mallocs, "B/op": allocBytes} {
		if d, ok := delta(family); ok {
			perOp(name, d-before.scrapeCost[family])
		}
	}
	for name, h := range map[string]struct{ sum, count string }{
		"cel-eval-sec":  {celEvalSum, celEvalCount},
		"reconcile-sec": {reconcileSum, reconcileSize},
	} {
		sum, okSum := delta(h.sum)
		count, okCount := delta(h.count)
		if okSum && okCount && count > 0 {
			metrics[name] = sum / count
		}
	}
	if before.Usage != nil && after.Usage != nil {
		perOp("cpu-sec/op", after.Usage.CPUSeconds-before.Usage.CPUSeconds)
		metrics["resident-B"] = float64(after.Usage.ResidentB)
	}
	if live, ok := after.Scrape.heapLive(); ok {
		metrics["heap-live-B"] = live
	}
	for name, total := range requestMetrics(before.Requests, after.Requests) {
		perOp(name, total)
	}
	if metrics["requests/op"] == 0 {
		// A controller that was not involved still allocates and runs a little,
		// which is no cost of the operations.
		for _, name := range []string{"allocs/op", "B/op", "cpu-sec/op"} {
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

// requestMetrics counts the controller's requests between two readings: in
// total, by verb and resource, and in bytes.
func requestMetrics(before, after []bench.RequestCount) map[string]float64 {
	totals := map[string]float64{"requests/op": 0, "sent-B/op": 0, "received-B/op": 0}
	add := func(counts []bench.RequestCount, sign float64) {
		for _, c := range counts {
			if strings.HasPrefix(c.UserAgent, GatePrefix) {
				continue
			}
			if c.Verb != "watch" { // a client opens its watches anew as time passes
				totals["requests/op"] += sign * float64(c.Count)
			}
			totals[bench.RequestPrefix+c.Verb+":"+resource(c)+"/op"] += sign * float64(c.Count)
			totals["sent-B/op"] += sign * float64(c.SentB)
			totals["received-B/op"] += sign * float64(c.ReceivedB)
		}
	}
	add(after, 1)
	add(before, -1)
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
