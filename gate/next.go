package gate

import (
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// WantsMore reports whether another round may decide what the run has left open. A
// metric that head has lost does not come back. The error is as in [Decide].
func WantsMore(e Evidence, p Policy) (bool, error) {
	v, err := Decide(e, p)
	return err == nil && v.Status == Undecided && len(v.Lost()) == 0, err
}

// Flagged returns the benchmarks in which gated comparisons regressed, to be
// measured again before the run fails, and in how many sessions per arm. The error
// is as in [Decide].
func Flagged(e Evidence, p Policy) (benchmarks []string, rounds int, err error) {
	v, err := Decide(e, p)
	if err != nil {
		return nil, 0, err
	}
	flag := func(name string) {
		if !slices.Contains(benchmarks, name) {
			benchmarks = append(benchmarks, name)
		}
	}
	for _, c := range v.Regressions() {
		if failure(c.Metric) {
			continue // measuring again cannot undo it
		}
		for _, name := range v.parts(c) {
			flag(name)
		}
		rounds = max(rounds, confirmExactRounds)
		if c.Class != bench.Exact {
			rounds = max(confirmRounds, rank.MinSamples(1, p.Alpha))
		}
	}
	return benchmarks, rounds, nil
}

// parts returns the benchmarks that a comparison is over: all of a sweep, those of a mean
// (see [meansOf]), or its own.
func (v *Verdict) parts(c Comparison) (names []string) {
	if i := slices.IndexFunc(v.Sweeps, c.over); i >= 0 {
		for _, p := range v.Sweeps[i].Points {
			names = append(names, p.Benchmark)
		}
		return names
	}
	if !IsMean(c.Benchmark) {
		return []string{c.Benchmark}
	}
	var gated, all []string
	for _, part := range v.Comparisons {
		if !InMean(part.Benchmark, c.Benchmark) || part.Scale != Ratio || part.Metric != c.Metric || part.Class != c.Class || part.Outcome == NotComparable {
			continue
		}
		all = append(all, part.Benchmark)
		if part.Gated {
			gated = append(gated, part.Benchmark)
		}
	}
	if len(gated) > 0 {
		return gated
	}
	return all
}
