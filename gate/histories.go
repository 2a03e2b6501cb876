package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/trend"
)

// A History is how one metric of one benchmark went over recorded runs.
type History struct {
	Benchmark string
	Metric    string
	Class     bench.Class
	Better    bench.Better
	// Gated is set when the policy gates the comparison; Tolerance is what it
	// accepts as in [Comparison].
	Gated     bool
	Tolerance float64
	// Runs are those that measured it, oldest first, of the same work as the
	// newest: what an operation costs depends on how many came before.
	Runs []HistoryRun
	// Changes are in the order of the runs in which they began.
	Changes []Change
	// Fewest is how many runs it takes for a change to be found at all; 0 when so
	// many histories share alpha that no number does.
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
	// Crept is set when no single step was beyond the tolerance and all of them
	// together are. The run is then the first that was worse than the best, and
	// after what the newest have.
	Crept bool
}

// Histories follows every metric over the head sessions of records, which are
// of one environment, oldest first, and finds where each changed its level.
//
// Counts change where [Decide] would call the run regressed or improved against
// the one with which the level began. All others change where package trend finds
// it, gated ones with alpha shared by all that are gated, and the others with
// alpha shared by these: of histories of unchanged code, each of the two kinds
// has any change with a probability of at most alpha. Creep is what it is to
// [DecideAgainst]. The order is that of the benchmarks in the newest plan that
// has them, and of [bench.Rank].
//
// The error is nil unless the policy is not valid or a record is missing.
func Histories(records []*bench.Record, p Policy) ([]History, error) {
	if i := slices.Index(records, nil); i >= 0 {
		return nil, fmt.Errorf("record %d of the history is missing", i)
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	plan := newestPlan(records)
	runs := make([]arm, len(records))
	var ignored warnings // what a run lacks shows as a gap
	for i, r := range records {
		runs[i] = arm{name: bench.Head}
		runs[i].add(sameWork(r, plan, "", &ignored), bench.Head, false, true, &ignored)
	}
	var histories []*History
	family := map[bool]int{}
	for _, b := range plan.Benchmarks {
		names := map[string]bool{}
		for i := range runs {
			runs[i].metrics(b.Name, names)
		}
		for _, metric := range slices.SortedFunc(maps.Keys(names), byRank) {
			h := newHistory(runs, plan, b, metric, p)
			if h == nil {
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
	each(histories, func(h *History) {
		if h.Class == bench.Exact {
			h.Fewest = 2
			h.count()
			return
		}
		h.Fewest = fewest[h.Gated]
		h.search(p.search(family[h.Gated]))
	})
	list := make([]History, len(histories))
	for i, h := range histories {
		list[i] = *h
	}
	return list, nil
}

// newestPlan has every benchmark and unit of the records as the newest of them
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
		for name, unit := range r.Header.Plan.Units {
			if _, newer := plan.Units[name]; !newer {
				plan.Units[name] = unit
			}
		}
	}
	return plan
}

// newHistory returns the history of a metric before it is searched; nil when
// nothing was measured that is known and finite.
func newHistory(runs []arm, plan bench.Plan, b bench.Benchmark, metric string, p Policy) *History {
	catalogue, known := plan.Metric(metric)
	if !known {
		return nil
	}
	h := &History{Benchmark: b.Name, Metric: metric, Class: plan.Class(b, metric), Better: catalogue.Better}
	h.Gated, h.Tolerance = p.terms(plan, b, metric)
	var ignored warnings
	for i := range runs {
		if values := runs[i].sample(b.Name, metric, h.Class, &ignored).values; len(values) > 0 {
			h.Runs = append(h.Runs, HistoryRun{i, values, *median(values)})
		}
	}
	if len(h.Runs) == 0 {
		return nil
	}
	return h
}

// count finds the changes of a count. A run in which it was not reproduced
// changes nothing.
func (h *History) count() {
	from := 0
	for i := range h.Runs {
		level, run := &h.Runs[from], &h.Runs[i]
		c := Comparison{
			Better: h.Better, Tolerance: h.Tolerance,
			Base: &level.Median, Head: &run.Median, BaseValues: level.Values, HeadValues: run.Values,
		}
		if settleExact(&c); c.Outcome == Regressed || c.Outcome == Improved {
			h.Changes = append(h.Changes, Change{Run: i, Before: level.Median, After: run.Median, Ratio: c.Ratio, Worse: c.Outcome == Regressed})
			from = i
		}
	}
}

// search finds the changes of what is estimated.
func (h *History) search(o trend.Options) {
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
		h.Changes = append(h.Changes, c)
		from = point.Index
	}
	if d, crept := found.Creep(h.Tolerance, h.Better); crept {
		h.Changes = append(h.Changes, Change{Run: d.Since, Before: d.Best, After: d.Newest, Ratio: &d.Ratio, Worse: true, Crept: true})
		slices.SortStableFunc(h.Changes, func(a, b Change) int { return a.Run - b.Run })
	}
}
