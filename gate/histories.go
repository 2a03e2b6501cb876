package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/trend"
)

// A History is the course of one metric of one benchmark over recorded runs.
type History struct {
	Benchmark string
	Metric    string
	Class     bench.Class
	Better    bench.Better
	// Gated is set when the policy gates the comparison.
	Gated bool
	// Tolerance is what the policy accepts, as in [Comparison].
	Tolerance float64
	// Runs are those that measured it, oldest first. They did the same work as the
	// newest: what an operation costs depends on how many came before.
	Runs []HistoryRun
	// Changes are in the order of the runs in which they began.
	Changes []Change
	// Fewest is the number of runs that it takes to find a change at all; 0 when so
	// many histories share alpha that no number is enough.
	Fewest int
}

// A HistoryRun is what one run measured.
type HistoryRun struct {
	Record int       // index of the record
	Values []float64 // of its sessions, in order of measurement; at least one
	Median float64
}

// A Change is where a history changed its level.
type Change struct {
	Run int // index, in the history's runs, of the first at the new level
	// Before and After are the medians of the levels' runs.
	Before, After float64
	Ratio         *float64 // after by before; nil when there is none
	Worse         bool
	// Crept is set when no single step was beyond the tolerance but all of them
	// together are. Run is then the first that was worse than the best, and After is
	// the newest level.
	Crept bool
}

// Histories follows every metric over the head sessions of records, which are
// of one environment, oldest first, and finds where each changed its level.
//
// A count changes where [Decide] would call the run regressed or improved against
// the run with which the level began. For all other classes, package trend finds the
// changes. Gated histories share one alpha and the others share another: if nothing
// changed, each of the two groups has any change with a probability of at most alpha.
// Creep is found as in a decision against a baseline. The order is that of the
// benchmarks in the newest plan that has them, and of [bench.Rank].
//
// The error is as in [Decide].
func Histories(records []*bench.Record, p Policy) ([]History, error) {
	if i := slices.Index(records, nil); i >= 0 {
		return nil, fmt.Errorf("record %d of the history is missing", i)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	plan := newestPlan(records)
	runs := make([]arm, len(records))
	for i, r := range records {
		// What a run lacks shows as a gap, so its warnings are left out here.
		same, _ := sameWork(r, plan, "")
		runs[i], _ = newArm(bench.Head, same, sessionsOf{arm: bench.Head})
	}
	var histories []History
	family := map[bool]int{} // by whether gated
	for _, b := range plan.Benchmarks {
		names := map[string]bool{}
		for i := range runs {
			runs[i].metrics(b.Name, names)
		}
		for _, metric := range slices.SortedFunc(maps.Keys(names), byRank) {
			h, measured, err := newHistory(runs, plan, b, metric, p)
			if err != nil {
				return nil, err
			}
			if !measured {
				continue
			}
			histories = append(histories, h)
			if h.Class != bench.Exact {
				family[h.Gated]++
			}
		}
	}
	fewest := map[bool]int{}
	for gated, n := range family {
		fewest[gated] = trend.Fewest(p.search(n))
	}
	return each(histories, func(h History) History {
		if h.Class == bench.Exact {
			h.Fewest, h.Changes = 2, h.countChanges(p.Alpha)
			return h
		}
		h.Fewest, h.Changes = fewest[h.Gated], h.levelChanges(p.search(family[h.Gated]))
		return h
	}), nil
}

// newestPlan has every benchmark, workload and unit of the records as the newest of them
// has it.
func newestPlan(records []*bench.Record) bench.Plan {
	plan := bench.Plan{Units: map[string]bench.Unit{}}
	known := map[string]bool{}
	for _, r := range slices.Backward(records) {
		for _, b := range r.Header.Plan.Benchmarks {
			if !known[b.Name] {
				plan.Benchmarks = append(plan.Benchmarks, b)
			}
			known[b.Name] = true
		}
		for _, w := range r.Header.Plan.Workloads {
			if plan.WorkloadOf(w.Suite) == (bench.Workload{}) {
				plan.Workloads = append(plan.Workloads, w)
			}
		}
		for name, unit := range r.Header.Plan.Units {
			if _, newer := plan.Units[name]; !newer {
				plan.Units[name] = unit
			}
		}
	}
	return plan
}

// newHistory returns the history of a metric before it is searched. It reports
// measured as false when no value is known and finite.
func newHistory(runs []arm, plan bench.Plan, b bench.Benchmark, metric string, p Policy) (h History, measured bool, err error) {
	catalogue, known := plan.Metric(metric)
	if !known {
		return h, false, nil
	}
	h = History{Benchmark: b.Name, Metric: metric, Class: plan.Class(b, metric), Better: catalogue.Better}
	if h.Gated, h.Tolerance, err = p.terms(Ratio, plan, b, metric); err != nil {
		return h, false, err
	}
	for i := range runs {
		if of, _ := runs[i].sample(b.Name, metric, h.Class); len(of.values) > 0 {
			h.Runs = append(h.Runs, HistoryRun{i, of.values, *median(of.values)})
		}
	}
	return h, len(h.Runs) > 0, nil
}

// countChanges returns the changes of a count. A run in which it was not reproduced
// changes nothing.
func (h History) countChanges(alpha float64) (changes []Change) {
	from := 0
	for i, run := range h.Runs {
		level := h.Runs[from]
		c := compareCounts(Ratio, level.Values, run.Values, h.Tolerance, alpha, h.Better)
		if c.outcome == Regressed || c.outcome == Improved {
			changes = append(changes, Change{Run: i, Before: level.Median, After: run.Median, Ratio: c.of, Worse: c.outcome == Regressed})
			from = i
		}
	}
	return changes
}

// levelChanges returns the changes of what is estimated.
func (h History) levelChanges(o trend.Options) (changes []Change) {
	medians := make([]float64, len(h.Runs))
	for i, run := range h.Runs {
		medians[i] = run.Median
	}
	o.MinChange = aChange[h.Class]
	found := trend.Search(medians, o)
	points := found.Points()
	from := 0
	for i, point := range points {
		to := len(medians)
		if i+1 < len(points) {
			to = points[i+1].Index
		}
		c := Change{Run: point.Index, Before: *median(medians[from:point.Index]), After: *median(medians[point.Index:to])}
		if point.Ratio > 0 {
			c.Ratio = &point.Ratio
		}
		c.Worse = moved(h.Better, c.After > c.Before) == Regressed
		changes = append(changes, c)
		from = point.Index
	}
	if d, crept := found.Creep(h.Tolerance, h.Better); crept {
		changes = append(changes, Change{Run: d.Since, Before: d.Best, After: d.Newest, Ratio: &d.Ratio, Worse: true, Crept: true})
		slices.SortStableFunc(changes, func(a, b Change) int { return a.Run - b.Run })
	}
	return changes
}
