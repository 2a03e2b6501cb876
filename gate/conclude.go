package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// conclude makes the verdict of the comparisons.
func conclude(f facts, comparisons []comparison, warnings []string) *Verdict {
	v := &Verdict{
		Schema:      Schema,
		Comparisons: make([]Comparison, len(comparisons)),
		Sight:       newSight(f, comparisons),
		Machine:     corrected(f.machine, comparisons),
		Sweeps:      f.sweeps,
		Modes:       f.modes(),
		Base:        newSide(f.base, f.again.base),
		Head:        newSide(f.head, f.again.head),
		Policy:      f.policy,
		Warnings:    warnings,
	}
	v.Base.Baseline = f.baseline
	if m := f.common(comparisons); m != nil {
		v.Shift = &m.shift
	}
	for i, c := range comparisons {
		v.Comparisons[i] = c.Comparison
	}
	v.Counts = tallied(v.Comparisons)
	v.Findings = findings(f.plan, v.Comparisons)
	v.Status, v.Reason = v.conclusion()
	return v
}

// newSide describes an arm, with the sessions in which it was measured again.
func newSide(a, again arm) Side {
	return Side{Build: a.build, Sessions: a.complete, Failed: a.failed, Confirming: again.complete + again.failed}
}

// corrected returns the machine with the number of comparisons that the control
// workload has corrected.
func corrected(m *Machine, comparisons []comparison) *Machine {
	if m == nil {
		return nil
	}
	with := *m
	for _, c := range comparisons {
		if c.Corrected {
			with.Corrected++
		}
	}
	return &with
}

func tallied(comparisons []Comparison) Counts {
	n := Counts{Total: len(comparisons)}
	for _, c := range comparisons {
		if c.Gated {
			n.Gated++
		}
		switch c.Outcome {
		case Regressed:
			if c.Gated {
				n.Regressed++
			}
		case Improved:
			n.Improved++
		case Unchanged:
			n.Unchanged++
		case Inconclusive:
			n.Inconclusive++
		case NotComparable:
			n.NotComparable++
		}
	}
	return n
}

// conclusion derives the run's status from its comparisons, and says why in one
// sentence.
func (v *Verdict) conclusion() (Status, string) {
	if v.Base.Sessions == 0 || v.Head.Sessions == 0 {
		return Error, v.unmeasured()
	}
	compared, gated := 0, 0
	sighted := map[string]bool{}  // by gated metric: some comparison was decided
	testable := map[string]bool{} // by gated metric: some change would have regressed
	for _, c := range v.Comparisons {
		if c.Outcome == NotComparable {
			continue
		}
		compared++
		if !c.Gated {
			continue
		}
		gated++
		if c.Scale == Difference { // the sizes were compared as well, and a run need not see both
			continue
		}
		testable[c.Metric] = testable[c.Metric] || c.Detectable != nil
		sighted[c.Metric] = sighted[c.Metric] || c.Outcome != Inconclusive || !mayHide(c)
	}
	suspects, lost := v.Suspects(), v.Lost()
	switch worst, regressed := v.Worst(); {
	case compared == 0:
		return Error, "Nothing could be compared: base and head have no measured metric in common."
	case gated == 0 && v.Counts.Gated == 0:
		return Error, fmt.Sprintf("Nothing could fail: the policy gates none of %s.", plural(v.Counts.Total, "comparison"))
	case gated == 0:
		return Error, fmt.Sprintf("Nothing could fail: %s gated, none with values on both sides.", plural(v.Counts.Gated, "comparison"))
	case regressed:
		return Fail, fmt.Sprintf("%d of %s regressed, most of all %s.", len(v.Regressions()), plural(gated, "gated comparison"), change(worst))
	case len(lost) > 0:
		return Undecided, fmt.Sprintf("Head has no value of %s, and base has: whether %s regressed is not known.",
			missingMetrics(lost), plural(len(lost), "gated comparison"))
	case len(suspects) > 0:
		return Undecided, fmt.Sprintf("%d of %s look worse than tolerated but may be noise, among them %s.", len(suspects), plural(gated, "gated comparison"), change(suspects[0]))
	}
	for _, metric := range slices.SortedFunc(maps.Keys(sighted), byRank) {
		switch {
		case sighted[metric]:
		case !testable[metric] && v.Base.Sessions < v.Sight.MinSessions:
			return Undecided, fmt.Sprintf("%d base and %d head sessions are too few to show whether %s changed beyond its tolerance.",
				v.Base.Sessions, v.Head.Sessions, metric)
		default:
			return Undecided, fmt.Sprintf("In every benchmark, noise hides whether %s changed beyond its tolerance.", metric)
		}
	}
	return Pass, fmt.Sprintf("None of %s regressed.", plural(gated, "gated comparison"))
}

// unmeasured says which arm has nothing to compare.
func (v *Verdict) unmeasured() string {
	side, name := v.Base, "base"
	if side.Sessions > 0 {
		side, name = v.Head, "head"
	}
	switch {
	case side.Baseline && side.Failed == 0:
		return "Nothing could be compared: no stored record matches this run."
	case side.Failed > 0:
		return fmt.Sprintf("Nothing could be compared: %s has no complete session, %d failed.", name, side.Failed)
	default:
		return fmt.Sprintf("Nothing could be compared: %s has no session.", name)
	}
}

// missingMetrics lists the metrics of comparisons.
func missingMetrics(comparisons []Comparison) string {
	var metrics []string
	for _, c := range comparisons {
		if !slices.Contains(metrics, c.Metric) {
			metrics = append(metrics, c.Metric)
		}
	}
	return strings.Join(metrics, ", ")
}

// change names a comparison and its figures.
func change(c Comparison) string {
	if failure(c.Metric) || c.Class == bench.Exact && *c.Base == *c.Head { // the medians do not show it
		return fmt.Sprintf("%s %s: %s", c.Benchmark, c.Metric, c.Note)
	}
	if c.Scale == Difference {
		return fmt.Sprintf("growth of %s in %s: exponent %s -> %s", c.Metric, c.Benchmark, exponent(*c.Base), exponent(*c.Head))
	}
	number := figure
	if c.Class == bench.Exact {
		number = count
	}
	s := fmt.Sprintf("%s %s: %s -> %s", c.Benchmark, c.Metric, number(*c.Base), number(*c.Head))
	if c.Ratio != nil {
		s += fmt.Sprintf(" (ratio %.3f)", *c.Ratio)
	}
	return s
}
