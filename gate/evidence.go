package gate

import (
	"errors"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Evidence is everything that a decision is based on.
type Evidence struct {
	// Run holds the sessions of head and, unless Baseline is set, of base.
	Run *bench.Record
	// History holds records of unchanged code, in any order.
	History []*bench.Record
	// Baseline compares head with the head sessions of the history, in place of
	// the base sessions of its own run.
	//
	// Counts and allocations are gated as within a run. Timing and memory are
	// compared with records of the same environment only, and gated only when
	// there are enough records to show how much runs of unchanged code differ:
	// machines of the same kind differ more from day to day than sessions do, so
	// that more sessions would only make false alarms more frequent.
	Baseline bool
}

// facts are the evidence, sorted for comparing. No step of the decision changes
// them.
type facts struct {
	plan       bench.Plan
	benchmarks map[string]bench.Benchmark // of the plan, by name
	sweeps     []bench.Sweep              // of the plan
	policy     Policy
	base, head arm
	// again holds the sessions in which what regressed was measured again.
	again struct{ base, head arm }
	// baseline is as in [Evidence]; paired is set when rounds of both arms were
	// measured side by side.
	baseline, paired bool
	past             past
	machine          *Machine // nil without a control workload
	look             look
}

// gather sorts the evidence. Whatever is left out of it is a warning.
func gather(e Evidence, p Policy) (f facts, warnings []string, err error) {
	if e.Run == nil {
		return f, nil, errors.New("no record to decide on")
	}
	if i := slices.Index(e.History, nil); i >= 0 {
		return f, nil, fmt.Errorf("record %d of the history is missing", i)
	}
	if err := p.Validate(); err != nil {
		return f, nil, err
	}
	note := func(more []string) { warnings = append(warnings, more...) }
	f = facts{
		plan: e.Run.Header.Plan, benchmarks: byName(e.Run.Header.Plan), sweeps: e.Run.Header.Plan.Sweeps(), policy: p.clone(),
		baseline: e.Baseline, paired: !e.Baseline && e.Run.Header.Plan.Turns != bench.NoTurns,
		look: lookOf(e.Run),
	}
	var more []string
	if !e.Baseline {
		f.base, more = newArm(bench.Base, e.Run, sessionsOf{arm: bench.Base})
		note(more)
		f.head, more = newArm(bench.Head, e.Run, sessionsOf{arm: bench.Head})
		note(more)
	}
	f.past, more = newPast(e.Run, e.History)
	note(more)
	if e.Baseline {
		f.base = f.past.baseline()
		if n := f.past.builds(); n > 1 {
			note([]string{fmt.Sprintf("the baseline mixes %d builds; changes between them count as its noise", n)})
		}
		f.head, more = newArm(bench.Head, e.Run, sessionsOf{arm: bench.Head})
		note(more)
	}
	// A session of the confirmation that failed leaves fewer of them, which the
	// confirmation takes into account.
	f.again.base, _ = newArm(bench.Base, e.Run, sessionsOf{arm: bench.Base, confirming: true})
	f.again.head, _ = newArm(bench.Head, e.Run, sessionsOf{arm: bench.Head, confirming: true})
	note(confounders(f.base.build, f.head.build))
	note(goNotes(f.plan))
	if !e.Baseline {
		f.machine, more = compareControl(f.base, f.head, f.policy)
		note(more)
	}
	return f, warnings, nil
}

// byName indexes the benchmarks of a plan, which may have very many.
func byName(plan bench.Plan) map[string]bench.Benchmark {
	index := make(map[string]bench.Benchmark, len(plan.Benchmarks))
	for _, b := range plan.Benchmarks {
		index[b.Name] = b
	}
	return index
}

// alpha returns this look's share of the policy's alpha.
func (f facts) alpha() float64 { return f.look.alpha(f.policy.Alpha) }
