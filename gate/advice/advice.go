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
	// What describes the finding in one sentence, without figures.
	What string `json:"what"`
	// Evidence lists the figures behind the finding, from the benchmark that shows
	// it most clearly. It is never empty.
	Evidence []Figure `json:"evidence"`
	// Do says what to do about it, in a few short sentences.
	Do string `json:"do"`
	// Benchmarks lists all that show it, the one with the evidence first.
	Benchmarks []string `json:"benchmarks"`
	// Share is the part of a figure that the finding accounts for, above 0 and at
	// most 1. The rule's comment says of which figure.
	Share float64 `json:"share"`
}

// A Figure is one number, its unit and its source.
type Figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"` // finite
	Unit  string  `json:"unit"`  // as in [bench.Metric]: s, B, %, 1, 1/s, B/s
	From  string  `json:"from"`  // a metric, a flag, or a formula
}

// A rule finds recommendations of one kind.
type rule struct {
	name string
	find func(run) []Recommendation
}

// rules lists the rules in the order of recommendations with equal shares.
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

// From returns the recommendations that follow from a run and its verdict, the one
// with the largest share first. The same verdict and record give the same list.
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

// strongest merges the same recommendation for several benchmarks: it returns the
// one with the largest share, with the benchmarks of all.
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
