package gate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// arm holds one side's complete sessions, in order of measurement.
type arm struct {
	name     bench.Arm
	side     Side
	sessions []session
}

// session is what one complete session measured.
type session struct {
	results map[string]bench.Result // by benchmark
	// machine is set when timing and memory may be compared with the other
	// arm's: both were measured on the same kind of machine.
	machine bool
}

// add takes the record's sessions of one arm.
func (a *arm) add(r *bench.Record, which bench.Arm, machine bool, warnings *warnings) {
	ordered := slices.Clone(r.Sessions)
	slices.SortStableFunc(ordered, func(x, y bench.Session) int { return cmp.Compare(x.Index, y.Index) })
	for _, s := range ordered {
		if s.Arm != which {
			continue
		}
		if s.Failed != "" {
			a.side.Failed++
			warnings.add("%s: session %d failed and is not compared: %s", a.name, s.Index+1, s.Cause())
			continue
		}
		results := make(map[string]bench.Result, len(s.Results))
		for _, result := range s.Results {
			results[result.Benchmark] = result
		}
		a.side.Sessions++
		a.sessions = append(a.sessions, session{results, machine})
	}
}

// metrics adds the names of everything measured of the benchmark to names.
func (a *arm) metrics(benchmark string, names map[string]bool) {
	for _, s := range a.sessions {
		for name := range s.results[benchmark].Metrics {
			names[name] = true
		}
	}
}

// values returns the session values of one metric. It leaves out what is not
// finite, and says so: neither the tests nor JSON can hold it.
func (a *arm) values(benchmark, metric string, class bench.Class, warnings *warnings) []float64 {
	values := []float64{}
	bad, expected := 0, 0
	for _, s := range a.sessions {
		if (class == bench.Timing || class == bench.Memory) && !s.machine {
			continue
		}
		result, ran := s.results[benchmark]
		if !ran {
			continue
		}
		expected++
		v, measured := result.Metrics[metric]
		if _, counted := result.Metrics[requestsMetric]; counted && strings.HasPrefix(metric, bench.RequestPrefix) {
			measured = true // requests were counted, and of this kind there was none
		}
		switch {
		case !measured:
		case !finite(v):
			bad++
		default:
			values = append(values, v)
		}
	}
	if bad > 0 {
		warnings.add("%s %s: %d of %d values of %s are not finite numbers and are left out", benchmark, metric, bad, expected, a.name)
	}
	if missing := expected - bad - len(values); missing > 0 && missing < expected {
		warnings.add("%s %s: %d of %d sessions of %s have no value", benchmark, metric, missing, expected, a.name)
	}
	return values
}

// ran counts the sessions that hold a result of the benchmark.
func (a *arm) ran(benchmark string) int {
	n := 0
	for _, s := range a.sessions {
		if _, ok := s.results[benchmark]; ok {
			n++
		}
	}
	return n
}

// warnings collects doubts in the order in which they arise.
type warnings []string

func (w *warnings) add(format string, args ...any) { *w = append(*w, fmt.Sprintf(format, args...)) }
