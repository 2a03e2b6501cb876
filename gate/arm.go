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
	round   int
	control float64 // what the control workload took; 0 when it did not run
	// machine is set when timing and memory may be compared with the other
	// arm's: both were measured on the same kind of machine.
	machine bool
}

// add takes the record's sessions of one arm, those of confirmations or all
// others.
func (a *arm) add(r *bench.Record, which bench.Arm, confirm, machine bool, warnings *warnings) {
	ordered := slices.Clone(r.Sessions)
	slices.SortStableFunc(ordered, func(x, y bench.Session) int { return cmp.Compare(x.Index, y.Index) })
	for _, s := range ordered {
		if s.Arm != which || (s.Phase == bench.Confirm) != confirm {
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
		a.sessions = append(a.sessions, session{results, s.Round, s.Control[bench.ControlCPU], machine})
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

// A sample is what the sessions of an arm measured of one metric, in order of
// measurement.
type sample struct {
	values []float64
	rounds []int     // the round of each value
	speeds []float64 // what the control workload took in its session, or 0
}

// sample returns the session values of one metric. It leaves out what is not
// finite, and says so: neither the tests nor JSON can hold it.
func (a *arm) sample(benchmark, metric string, class bench.Class, warnings *warnings) sample {
	of := sample{values: []float64{}}
	bad, expected := 0, 0
	for _, s := range a.sessions {
		if perMachine(class) && !s.machine {
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
			of.values = append(of.values, v)
			of.rounds = append(of.rounds, s.round)
			of.speeds = append(of.speeds, s.control)
		}
	}
	if bad > 0 {
		warnings.add("%s %s: %d of %d values of %s are not finite numbers and are left out", benchmark, metric, bad, expected, a.name)
	}
	if missing := expected - bad - len(of.values); missing > 0 && missing < expected {
		warnings.add("%s %s: %d of %d sessions of %s have no value", benchmark, metric, missing, expected, a.name)
	}
	return of
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
