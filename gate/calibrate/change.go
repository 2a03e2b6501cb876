package calibrate

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A Change makes head worse. It says what changes, by how much, and in which benchmarks.
// It is planted in recorded values.
type Change struct {
	What What
	// Size is how much is added, in the unit that What names.
	Size float64
	// Every is n if every nth benchmark has the change, of those that measure what
	// changes. The first one changes from trial to trial. If there are fewer than n, one
	// has it: see [One].
	Every int
}

// One, as a change's Every, plants it in one benchmark.
const One = math.MaxInt

// What says what changes.
type What string

const (
	Slowdown    What = "slowdown"    // share of every value that is not a count
	Requests    What = "requests"    // API requests per operation
	Allocations What = "allocations" // share of the objects and bytes allocated
	CPU         What = "cpu"         // share of the CPU time per operation
	Latency     What = "latency"     // seconds per operation
	Leak        What = "leak"        // bytes of live heap, which are resident, per reconcile of the session so far
	Failures    What = "failures"    // share of operations that fail, drawn at random
)

// An effect is what a change does to the results of head.
type effect struct {
	// shows reports whether the change shows in a metric of a class. Samples are of no
	// class.
	shows func(metric string, class bench.Class) bool
	plant func(planting)
}

// A planting is one result in which a change is planted.
type planting struct {
	result     *bench.Result // whose maps and slices are shared with no other
	size       float64
	shows      func(metric string) bool
	better     func(metric string) bench.Better
	reconciles float64 // of the session so far
	random     *rand.Rand
}

var effects = map[What]effect{
	Slowdown:    {func(_ string, c bench.Class) bool { return c != bench.Exact }, scale},
	Requests:    {in(bench.RequestsPerOp), add},
	Allocations: {in(bench.AllocsPerOp, bench.BytesPerOp), scale},
	CPU:         {in(bench.CPUSecPerOp), scale},
	Latency:     {func(metric string, _ bench.Class) bool { return strings.HasPrefix(metric, "ready-") }, add},
	Leak:        {in(bench.HeapLiveBytes, bench.ResidentBytes), leak},
	Failures:    {in(bench.ErrorsPerOp), fail},
}

func in(metrics ...string) func(string, bench.Class) bool {
	return func(metric string, _ bench.Class) bool { return slices.Contains(metrics, metric) }
}

func scale(p planting) {
	p.each(func(metric string, v float64) float64 {
		if p.better(metric) == bench.Higher {
			return v / (1 + p.size)
		}
		return v * (1 + p.size)
	})
}

func add(p planting) {
	p.each(func(_ string, v float64) float64 { return v + p.size })
}

func leak(p planting) {
	p.each(func(_ string, v float64) float64 { return v + p.size*p.reconciles })
}

// fail makes operations fail. A failed operation has no latency.
func fail(p planting) {
	r := p.result
	samples, timed := r.Samples[bench.ReadySamples]
	for range r.Ops - r.Errors {
		if p.random.Float64() >= p.size {
			continue
		}
		r.Errors++
		if len(samples) > 0 {
			i := p.random.IntN(len(samples))
			samples = slices.Delete(samples, i, i+1)
		}
	}
	r.Metrics[bench.ErrorsPerOp] = float64(r.Errors) / float64(r.Ops)
	if !timed {
		return
	}
	maps.DeleteFunc(r.Metrics, func(metric string, _ float64) bool { return strings.HasPrefix(metric, "ready-") })
	delete(r.Samples, bench.ReadySamples)
	if len(samples) > 0 {
		r.Samples[bench.ReadySamples] = samples
		maps.Copy(r.Metrics, bench.Latencies(samples))
	}
}

// each replaces every value in which the change shows.
func (p planting) each(f func(metric string, v float64) float64) {
	for metric, v := range p.result.Metrics {
		if p.shows(metric) {
			p.result.Metrics[metric] = f(metric, v)
		}
	}
	for metric, values := range p.result.Samples {
		for i, v := range values {
			if p.shows(metric) {
				values[i] = f(metric, v)
			}
		}
	}
}

// plant returns the run with the change in head's values. number is that of the trial.
func (c Change) plant(run *bench.Record, number int, random *rand.Rand) *bench.Record {
	plan := run.Header.Plan
	in := c.benchmarks(run, number)
	out := &bench.Record{Header: run.Header, Sessions: slices.Clone(run.Sessions)}
	for i, s := range out.Sessions {
		if s.Arm != bench.Head {
			continue
		}
		reconciles := 0.0
		s.Results = slices.Clone(s.Results)
		for j, r := range s.Results {
			reconciles += r.Metrics[bench.ReconcilesPerOp] * float64(r.Ops)
			b, planted := in[r.Benchmark]
			if !planted {
				continue
			}
			r.Metrics, r.Samples = maps.Clone(r.Metrics), maps.Clone(r.Samples)
			for metric, values := range r.Samples {
				r.Samples[metric] = slices.Clone(values)
			}
			effects[c.What].plant(planting{
				result: &r, size: c.Size, reconciles: reconciles, random: random,
				shows: func(metric string) bool { return c.shows(plan, b, metric) },
				better: func(metric string) bench.Better {
					m, _ := plan.Metric(metric)
					return m.Better
				},
			})
			s.Results[j] = r
		}
		out.Sessions[i] = s
	}
	return out
}

// benchmarks returns the benchmarks in which a trial has the change, by name.
func (c Change) benchmarks(run *bench.Record, number int) map[string]bench.Benchmark {
	plan, measured := run.Header.Plan, map[string][]string{} // the metrics, by benchmark
	for _, s := range run.Sessions {
		if s.Arm != bench.Head {
			continue
		}
		for _, r := range s.Results {
			of := slices.AppendSeq(measured[r.Benchmark], maps.Keys(r.Metrics))
			measured[r.Benchmark] = slices.AppendSeq(of, maps.Keys(r.Samples))
		}
	}
	var able []bench.Benchmark
	for _, b := range plan.Benchmarks {
		if slices.ContainsFunc(measured[b.Name], func(metric string) bool { return c.shows(plan, b, metric) }) {
			able = append(able, b)
		}
	}
	in := map[string]bench.Benchmark{}
	for i, b := range able {
		if (i+number)%min(c.Every, len(able)) == 0 {
			in[b.Name] = b
		}
	}
	return in
}

func (c Change) shows(plan bench.Plan, b bench.Benchmark, metric string) bool {
	return effects[c.What].shows(metric, plan.Class(b, metric))
}
