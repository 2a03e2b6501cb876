package gate

import "slices"

// steps are the decision, in order. Each takes all comparisons and returns them,
// with its warnings; it looks at them and at the facts and at nothing else. The
// first makes the comparisons. From then on, a step that changes the outcome of one
// has settled it, until a later step does.
var steps = []struct {
	name Step
	do   func(facts, []comparison) ([]comparison, []string)
}{
	{"line-up", lineUp},
	{"growth", growth},
	{"missing", missing},
	{"failures", failures},
	{"race", race},
	{"counts", counts},
	{"trade", trade},
	{"machine", machines},
	{"means", means},
	{"control", normalise},
	{"history", learn},
	{"tests", testAll},
	{"correction", correct},
	{"interval", decideByInterval},
	{"largest", largest},
	{"base", doubt},
	{"common", excuse},
	{"creep", findCreep},
	{"confirmation", confirm},
	{"sight", detect},
}

// Decide returns the verdict on the evidence. The error is nil unless the policy is
// not valid, one of its conditions cannot be decided or a record is missing; a run that
// measured nothing has a verdict, whose status is [Error].
func Decide(e Evidence, p Policy) (*Verdict, error) {
	f, warnings, err := gather(e, p)
	if err != nil {
		return nil, err
	}
	var comparisons []comparison
	for _, step := range steps {
		next, more := step.do(f, comparisons)
		if i := slices.IndexFunc(next, func(c comparison) bool { return c.fault != nil }); i >= 0 {
			return nil, next[i].fault
		}
		comparisons = settle(step.name, comparisons, next)
		warnings = append(warnings, more...)
	}
	return conclude(f, comparisons, warnings), nil
}

// settle returns the comparisons after a step. Those whose outcome it changed have
// the step in their course.
func settle(name Step, before, after []comparison) []comparison {
	out := make([]comparison, len(after))
	for i, c := range after {
		was := Outcome("")
		if i < len(before) {
			was = before[i].Outcome
		}
		if c.Outcome != was {
			c.Course = append(c.Course[:len(c.Course):len(c.Course)], Settled{name, c.Outcome})
		}
		out[i] = c
	}
	return out
}
