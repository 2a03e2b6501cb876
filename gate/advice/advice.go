package advice

import (
	"cmp"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A Recommendation is one thing to look at. What, Do and the names of figures
// are plain text, which may quote names from the record.
type Recommendation struct {
	Rule string `json:"rule"` // the rule's name in the table
	// What was found, one sentence without figures.
	What string `json:"what"`
	// Evidence are the figures that it follows from, of the benchmark that shows
	// it most; never empty.
	Evidence []Figure `json:"evidence"`
	// Do is what to do about it, in one or two sentences.
	Do string `json:"do"`
	// Benchmarks are all that show it, the one with the evidence first.
	Benchmarks []string `json:"benchmarks"`
	// Share is how much of the cited figure the finding accounts for, above 0
	// and at most 1; the rule's comment says of which.
	Share float64 `json:"share"`
}

// A Figure is one number with its unit and where it comes from.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"` // finite
	Unit  string  `json:"unit"`  // as in [bench.Metric]: s, B, %, 1, 1/s, B/s
	From  string  `json:"from"`  // a metric, a flag, or how it was computed
}

// A rule returns what it recommends, or nothing.
type rule struct {
	name string
	find func(run) []Recommendation
}

// rules in the order in which they are told when their shares are equal.
var rules = []rule{
	{"timer", timers},
	{"race", races},
	{"limit", limits},
	{"queue", queues},
	{"memory", memory},
	{"reads", reads},
	{"writes", writes},
	{"noise", noise},
}

// From returns what the run and the verdict on it recommend, the finding with
// the largest share first. The same verdict and record give the same list.
func From(v *gate.Verdict, r *bench.Record) []Recommendation {
	run := newRun(v, r)
	var all []Recommendation
	for _, rule := range rules {
		for _, found := range rule.find(run) {
			found.Rule = rule.name
			all = append(all, found)
		}
	}
	slices.SortStableFunc(all, func(a, b Recommendation) int { return cmp.Compare(b.Share, a.Share) })
	return all
}

// strongest makes one recommendation of those that say the same of several
// benchmarks: the one with the largest share, for the benchmarks of all.
func strongest(found []Recommendation) []Recommendation {
	if len(found) == 0 {
		return nil
	}
	slices.SortStableFunc(found, func(a, b Recommendation) int { return cmp.Compare(b.Share, a.Share) })
	first := found[0]
	for _, other := range found[1:] {
		first.Benchmarks = append(first.Benchmarks, other.Benchmarks...)
	}
	return []Recommendation{first}
}
