package gate

import (
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// WantsMore reports whether another round may decide what the run has left open.
// The error is as in [Decide].
func WantsMore(e Evidence, p Policy) (bool, error) {
	v, err := Decide(e, p)
	return err == nil && v.Status == Undecided, err
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
		if c.Benchmark != Geomean {
			flag(c.Benchmark)
		}
		for _, part := range v.Comparisons { // of the mean
			if c.Benchmark == Geomean && part.Benchmark != Geomean && part.Gated && part.Metric == c.Metric && part.Class == c.Class {
				flag(part.Benchmark)
			}
		}
		rounds = max(rounds, confirmExactRounds)
		if c.Class != bench.Exact {
			rounds = max(confirmRounds, rank.MinSamples(1, p.Alpha))
		}
	}
	return benchmarks, rounds, nil
}
