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
	// results are what the sessions measured, by benchmark and in their order;
	// nil where one has none.
	results map[string][]*bench.Result
	// repetitions is set when the samples of a session count as sessions.
	repetitions bool
}

// session is what one complete session measured.
type session struct {
	round   int
	control float64 // what the control workload took; 0 when it did not run
	// machine is set when timing and memory may be compared with the other
	// arm's: both were measured on the same kind of machine.
	machine bool
}

// add takes the record's sessions of one arm, those of confirmations or all
// others.
func (a *arm) add(r *bench.Record, which bench.Arm, confirm, machine bool, warnings *warnings) {
	a.repetitions = r.Header.Plan.Repetitions
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
		a.side.Sessions += a.count(s)
		a.sessions = append(a.sessions, session{s.Round, s.Control[bench.ControlCPU], machine})
		a.join(len(a.sessions)-1, s.Results)
	}
}

// count is how many sessions s counts as.
func (a *arm) count(s bench.Session) int {
	if !a.repetitions {
		return 1
	}
	n := 0
	for _, result := range s.Results {
		for _, samples := range result.Samples {
			n = max(n, len(samples))
		}
	}
	return n
}

// join adds the results of the session with the index.
func (a *arm) join(index int, results []bench.Result) {
	if a.results == nil {
		a.results = map[string][]*bench.Result{}
	}
	for i := range results {
		name := results[i].Benchmark
		of := a.results[name]
		for len(of) < index {
			of = append(of, nil)
		}
		if len(of) == index { // else the session has two, of which the first counts
			a.results[name] = append(of, &results[i])
		}
	}
}

// result returns what the session with the index measured of the benchmark, or
// nil.
func (a *arm) result(benchmark string, index int) *bench.Result {
	if of := a.results[benchmark]; index < len(of) {
		return of[index]
	}
	return nil
}

// extend adds the sessions of another arm.
func (a *arm) extend(b *arm) {
	a.repetitions = b.repetitions
	a.side.Sessions += b.side.Sessions
	a.side.Failed += b.side.Failed
	for i, s := range b.sessions {
		a.sessions = append(a.sessions, s)
		var results []bench.Result
		for _, of := range b.results {
			if i < len(of) && of[i] != nil {
				results = append(results, *of[i])
			}
		}
		a.join(len(a.sessions)-1, results)
	}
}

// metrics adds the names of everything measured of the benchmark to names.
func (a *arm) metrics(benchmark string, names map[string]bool) {
	for _, result := range a.results[benchmark] {
		if result == nil {
			continue
		}
		for name := range result.Metrics {
			names[name] = true
		}
		if a.repetitions {
			for name := range result.Samples {
				names[name] = true
			}
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
	for i, s := range a.sessions {
		if perMachine(class) && !s.machine {
			continue
		}
		result := a.result(benchmark, i)
		if result == nil {
			continue
		}
		if a.repetitions {
			bad += of.repeat(result.Samples[metric])
			expected += len(result.Samples[metric])
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

// repeat adds repetitions, and returns how many are not finite and left out.
func (s *sample) repeat(values []float64) (bad int) {
	for _, v := range values {
		if !finite(v) {
			bad++
			continue
		}
		s.rounds = append(s.rounds, len(s.values))
		s.values = append(s.values, v)
		s.speeds = append(s.speeds, 0)
	}
	return bad
}

// ran counts the sessions that hold a result of the benchmark.
func (a *arm) ran(benchmark string) int {
	n := 0
	for _, result := range a.results[benchmark] {
		if result != nil {
			n++
		}
	}
	return n
}

// warnings collects doubts in the order in which they arise.
type warnings []string

func (w *warnings) add(format string, args ...any) { *w = append(*w, fmt.Sprintf(format, args...)) }
