package gate

import "github.com/kro/perf-gate/bench"

// A look is one of the looks at a run that goes on while it is undecided.
type look struct{ number, of int }

// lookOf returns the look that the record is at: the first comes with the planned
// rounds, and each further round brings one.
func lookOf(run *bench.Record) look {
	plan := run.Header.Plan
	if plan.MaxRounds <= plan.Rounds {
		return look{1, 1}
	}
	done := plan.Rounds
	for _, s := range run.Sessions {
		if s.Phase != bench.Confirm {
			done = max(done, s.Round+1)
		}
	}
	return look{1 + done - plan.Rounds, looks(plan)}
}

// looks counts the looks that a plan allows.
func looks(plan bench.Plan) int { return max(1, 1+plan.MaxRounds-plan.Rounds) }

// alpha returns the look's part of the policy's alpha: the first look has one
// half, the others have equal parts of the rest. The parts add up to alpha, so all
// looks together keep to it (Bonferroni).
func (l look) alpha(whole float64) float64 {
	switch {
	case l.of == 1:
		return whole
	case l.number == 1:
		return whole / 2
	default:
		return whole / 2 / float64(l.of-1)
	}
}
