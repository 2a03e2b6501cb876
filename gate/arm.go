package gate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// An arm holds the complete sessions of one side, in order of measurement.
type arm struct {
	name     bench.Arm
	build    bench.Build
	sessions []session
	// results are what the sessions measured, by benchmark and in their order;
	// nil where a session has none.
	results map[string][]*bench.Result
	// repetitions is set when the processes that made the samples of a session count
	// as sessions.
	repetitions bool
	// complete, failed and aborted count sessions. Those that were aborted, because the
	// other arm of their round failed, are not among the failed.
	complete, failed, aborted int
}

// A session is what the comparison needs of one complete session.
type session struct {
	round   int
	control float64 // what the control workload took; 0 when it did not run
	// machine is set when timing and memory may be compared with the other arm's:
	// both were measured on the same kind of machine.
	machine bool
}

// sessionsOf says which sessions of a record an arm takes.
type sessionsOf struct {
	arm bench.Arm
	// confirming takes the sessions that confirm a regression instead of all
	// others.
	confirming bool
	// elsewhere is set when they were measured on another kind of machine.
	elsewhere bool
}

// newArm takes the sessions of a record, under the name that warnings use.
func newArm(name bench.Arm, r *bench.Record, which sessionsOf) (a arm, warnings []string) {
	a = arm{
		name: name, build: r.Header.Builds[which.arm], repetitions: r.Header.Plan.Repetitions,
		results: map[string][]*bench.Result{},
	}
	ordered := slices.Clone(r.Sessions)
	slices.SortStableFunc(ordered, func(x, y bench.Session) int { return cmp.Compare(x.Index, y.Index) })
	for _, s := range ordered {
		if s.Arm != which.arm || (s.Phase == bench.Confirm) != which.confirming {
			continue
		}
		if s.Aborted {
			a.aborted++
			continue
		}
		if s.Failed != "" {
			a.failed++
			warnings = append(warnings, fmt.Sprintf("%s: session %d failed and is not compared: %s", name, s.Index+1, s.Cause()))
			continue
		}
		if a.repetitions {
			a.complete += s.Processes()
		} else {
			a.complete++
		}
		a.sessions = append(a.sessions, session{s.Round, s.Control[bench.ControlCPU], !which.elsewhere})
		for i := range s.Results {
			a.join(&s.Results[i])
		}
	}
	return a, warnings
}

// join adds a result to the newest session.
func (a *arm) join(result *bench.Result) {
	newest, of := len(a.sessions)-1, a.results[result.Benchmark]
	for len(of) < newest {
		of = append(of, nil)
	}
	if len(of) == newest { // else the session has two, of which the first counts
		of = append(of, result)
	}
	a.results[result.Benchmark] = of
}

// result returns what the session with the index measured of the benchmark, or
// nil.
func (a *arm) result(benchmark string, index int) *bench.Result {
	if of := a.results[benchmark]; index < len(of) {
		return of[index]
	}
	return nil
}

// joined returns the sessions of all arms as those of one, built as the newest.
func joined(name bench.Arm, arms []arm) arm {
	all := arm{name: name, results: map[string][]*bench.Result{}}
	for _, a := range arms {
		all.build, all.repetitions = a.build, a.repetitions
		all.complete += a.complete
		all.failed += a.failed
		all.aborted += a.aborted
		for i, s := range a.sessions {
			all.sessions = append(all.sessions, s)
			for _, of := range a.results {
				if i < len(of) && of[i] != nil {
					all.join(of[i])
				}
			}
		}
	}
	return all
}

// ran counts the sessions that have a result of the benchmark.
func (a *arm) ran(benchmark string) int {
	n := 0
	for _, result := range a.results[benchmark] {
		if result != nil {
			n++
		}
	}
	return n
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
	// rounds are the round of each value, and speeds what the control workload took in
	// its session, or 0. Repetitions have neither.
	rounds []int
	speeds []float64
}

// sample returns the session values of one metric. It leaves out values that are
// not finite, which neither the tests nor JSON can hold, and warns of them.
func (a *arm) sample(benchmark, metric string, class bench.Class) (of sample, warnings []string) {
	if a.repetitions {
		return a.repeated(benchmark, metric, class)
	}
	of = sample{values: []float64{}}
	bad, expected := 0, 0
	for i, s := range a.sessions {
		if perMachine(class) && !s.machine {
			continue
		}
		result := a.result(benchmark, i)
		if result == nil {
			continue
		}
		expected++
		v, measured := value(result, metric)
		switch {
		case !measured:
		case !finite(v):
			bad++
		default:
			of.add(v, s)
		}
	}
	warnings = a.leftOut(benchmark, metric, bad, expected)
	if missing := expected - bad - len(of.values); missing > 0 && missing < expected {
		warnings = append(warnings, fmt.Sprintf("%s %s: %d of %d sessions of %s have no value", benchmark, metric, missing, expected, a.name))
	}
	return of, warnings
}

// value returns what a result has of a metric.
func value(result *bench.Result, metric string) (v float64, measured bool) {
	v, measured = result.Metrics[metric]
	if total, ok := bench.PartOf(metric); ok && !measured {
		_, measured = result.Metrics[total] // all kinds were counted, and there was none of this one
	}
	return v, measured
}

// add adds the value of a session.
func (s *sample) add(v float64, of session) {
	s.values = append(s.values, v)
	s.rounds = append(s.rounds, of.round)
	s.speeds = append(s.speeds, of.control)
}

// repeated returns the values of one metric whose samples are repetitions. A process has
// one value, the median of its repetitions: processes differ by more than these do, in
// their timings and, where growth is spread over the iterations, in their allocations.
// Only what all repetitions reproduce does not depend on the process. Each is a value
// then, as each repetition of a count is.
func (a *arm) repeated(benchmark, metric string, class bench.Class) (of sample, warnings []string) {
	all, medians := []float64{}, []float64{}
	bad, total := 0, 0
	for i, s := range a.sessions {
		result := a.result(benchmark, i)
		if result == nil || perMachine(class) && !s.machine {
			continue
		}
		samples, processes := result.Samples[metric], result.Processes[metric]
		total += len(samples)
		for from, to := 0, 0; from < len(samples); from = to {
			for to < len(samples) && processes[to] == processes[from] {
				to++
			}
			values := samples[from:to]
			if slices.ContainsFunc(values, func(v float64) bool { return !finite(v) }) {
				values = slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return !finite(v) })
			}
			bad += to - from - len(values)
			if len(values) == 0 {
				continue
			}
			if !perMachine(class) {
				all = append(all, values...)
			}
			if class != bench.Exact {
				medians = append(medians, *median(values))
			}
		}
	}
	of.values = medians
	if class == bench.Exact || len(all) > 0 && slices.Min(all) == slices.Max(all) {
		of.values = all
	}
	return of, a.leftOut(benchmark, metric, bad, total)
}

// leftOut warns of values that are not finite.
func (a *arm) leftOut(benchmark, metric string, bad, all int) []string {
	if bad == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s %s: %d of %d values of %s are not finite numbers and are left out", benchmark, metric, bad, all, a.name)}
}

// perMachine reports whether values of the class depend on the machine.
func perMachine(class bench.Class) bool { return class == bench.Timing || class == bench.Memory }
