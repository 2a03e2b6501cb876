package advice

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A run is the input of the rules: the verdict, and head's part of the record.
type run struct {
	verdict  *gate.Verdict
	plan     bench.Plan
	build    bench.Build
	sessions []bench.Session // head's complete sessions, in the record's order
	// results are those of the sessions, by benchmark.
	results map[string][]bench.Result
}

func newRun(v *gate.Verdict, r *bench.Record) run {
	out := run{verdict: v, plan: r.Header.Plan, build: r.Header.Builds[bench.Head], results: map[string][]bench.Result{}}
	for _, s := range r.Sessions {
		if s.Arm == bench.Head && s.Failed == "" && s.Phase != bench.Confirm {
			out.sessions = append(out.sessions, s)
			for _, result := range s.Results {
				out.results[result.Benchmark] = append(out.results[result.Benchmark], result)
			}
		}
	}
	return out
}

// median returns the median of the metric's session values. Ok is false if no
// session has one.
func (r run) median(benchmark, metric string) (m float64, ok bool) {
	var values []float64
	for _, result := range r.results[benchmark] {
		if v, measured := result.Metrics[metric]; measured && finite(v) {
			values = append(values, v)
		}
	}
	return median(values), len(values) > 0
}

// medians returns the medians of several metrics. Ok is false unless all were
// measured and are positive.
func (r run) medians(benchmark string, metrics ...string) (m []float64, ok bool) {
	for _, metric := range metrics {
		v, measured := r.median(benchmark, metric)
		if !measured || v <= 0 {
			return nil, false
		}
		m = append(m, v)
	}
	return m, true
}

// latencies returns the latencies of single operations in all sessions, ascending.
func (r run) latencies(benchmark string) []float64 {
	var all []float64
	for _, result := range r.results[benchmark] {
		for _, v := range result.Samples[bench.ReadySamples] {
			if finite(v) && v > 0 {
				all = append(all, v)
			}
		}
	}
	slices.Sort(all)
	return all
}

// of returns the source of a figure that is a median over head's sessions.
func (r run) of(benchmark, metric string) string {
	return fmt.Sprintf("%s of %s, median of %s", metric, benchmark, plural(len(r.results[benchmark]), "head session"))
}

// latency returns the median latency of single operations as a figure.
func latency(name, benchmark string, sorted []float64) Figure {
	return Figure{name, median(sorted), "s",
		fmt.Sprintf("%s of %s, %s of head", bench.ReadySamples, benchmark, plural(len(sorted), "operation"))}
}

// param returns the value of a parameter in a benchmark's name, or "".
func param(benchmark, key string) string {
	for part := range strings.SplitSeq(benchmark, "/") {
		if k, v, _ := strings.Cut(part, "="); k == key {
			return v
		}
	}
	return ""
}

// resources returns the number of resources of an instance in the benchmark, which
// is n in its name, or 0 if the name has no n.
func resources(benchmark string) float64 {
	n, err := strconv.ParseUint(param(benchmark, "n"), 10, 16)
	if err != nil {
		return 0
	}
	return float64(n)
}

// median returns the median of values, and 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]/2 + sorted[len(sorted)/2]/2
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// plural returns a number with its noun: 1 session, 2 sessions.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
