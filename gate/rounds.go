package gate

import (
	"cmp"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// pairs are the values of the rounds that both arms have, in order of rounds.
type pairs struct{ base, head []float64 }

func rounds(base, head sample) pairs {
	type round struct {
		number     int
		base, head float64
	}
	at := make(map[int]float64, len(base.values))
	for i, v := range base.values {
		at[base.rounds[i]] = v
	}
	var both []round
	for i, v := range head.values {
		if b, ok := at[head.rounds[i]]; ok {
			both = append(both, round{head.rounds[i], b, v})
		}
	}
	slices.SortFunc(both, func(x, y round) int { return cmp.Compare(x.number, y.number) })
	var p pairs
	for _, r := range both {
		p.base, p.head = append(p.base, r.base), append(p.head, r.head)
	}
	return p
}

// differences are head less base on the logarithms, and plainly where a value
// has none.
func (p pairs) differences() []float64 {
	d, logs := make([]float64, len(p.base)), true
	for i := range p.base {
		logs = logs && p.base[i] > 0 && p.head[i] > 0
	}
	for i := range p.base {
		d[i] = p.head[i] - p.base[i]
		if logs {
			d[i] = math.Log(p.head[i] / p.base[i])
		}
	}
	return d
}

// enough tells whether n rounds can be tested as pairs, which needs more of
// them than two samples do: 2^n assignments of signs have to leave room, after
// the correction, for the smallest difference to go the other way.
func (d *decision) enough(n int, level float64) bool {
	rounds := design{n, n, true}
	return d.bounds.of(rounds, level) > 1 && d.bounds.of(rounds, (1-d.policy.Confidence)/2) > 0
}

// look is one of the looks at a run that goes on while it is undecided.
type look struct{ number, of int }

// lookOf tells at which look the record is: the first comes with the planned
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
	return look{1 + done - plan.Rounds, 1 + plan.MaxRounds - plan.Rounds}
}

// share is the look's part of alpha: one half is the first look's, the others
// have equal parts of the rest. The parts add up to alpha, so all looks together
// keep to it (Bonferroni).
func (l look) share(alpha float64) float64 {
	switch {
	case l.of == 1:
		return alpha
	case l.number == 1:
		return alpha / 2
	default:
		return alpha / 2 / float64(l.of-1)
	}
}

// WantsMore tells whether another round may decide what the run has left open.
// The error is as in [DecideWithHistory].
func WantsMore(run *bench.Record, history []*bench.Record, p Policy) (bool, error) {
	v, err := DecideWithHistory(run, history, p)
	return err == nil && v.Status == Undecided, err
}
