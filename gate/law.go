package gate

import (
	"math"
	"slices"
)

// A tally is what one session counted, next to its reconciles of each kind.
type tally struct {
	reconciles []float64
	count      float64
}

// A law says what an arm counts with any number of reconciles: a fixed number per
// operation, and a fixed number per reconcile of each kind.
type law struct {
	kinds []string // of reconciles that the count depends on
	first tally
	// directions are orthogonal: how the reconciles of the sessions differed from
	// those of the first, and how the count differed with them.
	directions []tally
	usual      float64 // the count at the average number of reconciles
}

// agreeing is the number of an arm's sessions that have to agree with the law that the
// others make. Fewer may agree by chance.
const agreeing = 3

// newLaw returns the law that all tallies of these kinds follow. If there is none, or if
// too few tallies show it, newLaw returns nil.
func newLaw(kinds []string, list []tally) *law {
	l := fit(kinds, list)
	if l == nil || len(list)-1-len(l.directions) < agreeing {
		return nil
	}
	return l
}

// restsOnOne reports whether one odd session alone shows what the count does in one
// direction.
func (l *law) restsOnOne(list []tally) bool {
	for i := range list {
		others := fit(l.kinds, slices.Delete(slices.Clone(list), i, i+1))
		if others == nil || len(others.directions) < len(l.directions) {
			return true
		}
	}
	return false
}

// fit returns the law that all tallies follow, or nil.
func fit(kinds []string, list []tally) *law {
	if len(list) == 0 {
		return nil
	}
	l := &law{kinds: kinds, first: list[0]}
	for _, t := range list {
		l.usual += t.count / float64(len(list))
		rest := l.beyond(t)
		size := math.Sqrt(dot(rest.reconciles, rest.reconciles))
		switch {
		case size > rounding:
			for i := range rest.reconciles {
				rest.reconciles[i] /= size
			}
			l.directions = append(l.directions, tally{rest.reconciles, rest.count / size})
		case math.Abs(rest.count) > rounding:
			return nil
		}
	}
	return l
}

// rounding is more than what rounding leaves of a difference, and less than a count that
// differs in one operation.
const rounding = 1e-6

// beyond returns what the law does not explain of a tally: reconciles of which it says
// nothing, and the count that the others leave.
func (l *law) beyond(t tally) tally {
	rest := tally{make([]float64, len(t.reconciles)), t.count - l.first.count}
	for i := range t.reconciles {
		rest.reconciles[i] = t.reconciles[i] - l.first.reconciles[i]
	}
	for _, d := range l.directions {
		along := dot(rest.reconciles, d.reconciles)
		rest.count -= along * d.count
		for i := range rest.reconciles {
			rest.reconciles[i] -= along * d.reconciles[i]
		}
	}
	return rest
}

// level returns what the sessions would have counted with the average number of
// reconciles. If the law says nothing of the reconciles of one, ok is false.
func (l *law) level(list []tally) (counts []float64, ok bool) {
	for _, t := range list {
		rest := l.beyond(t)
		if math.Sqrt(dot(rest.reconciles, rest.reconciles)) > rounding {
			return nil, false
		}
		counts = append(counts, math.Round((l.usual+rest.count)*1e9)/1e9)
	}
	return counts, true
}

func dot(x, y []float64) (sum float64) {
	for i := range x {
		sum += x[i] * y[i]
	}
	return sum
}
