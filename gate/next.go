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
		flagged := []string{c.Benchmark}
		if c.Benchmark == Geomean {
			flagged = v.parts(c)
		}
		for _, name := range flagged {
			flag(name)
		}
		rounds = max(rounds, confirmExactRounds)
		if c.Class != bench.Exact {
			rounds = max(confirmRounds, rank.MinSamples(1, p.Alpha))
		}
	}
	return benchmarks, rounds, nil
}

// parts returns the benchmarks that a mean is over: see [meanOf].
func (v *Verdict) parts(mean Comparison) []string {
	var gated, all []string
	for _, c := range v.Comparisons {
		if c.Benchmark == Geomean || c.Metric != mean.Metric || c.Class != mean.Class || c.Outcome == NotComparable {
			continue
		}
		all = append(all, c.Benchmark)
		if c.Gated {
			gated = append(gated, c.Benchmark)
		}
	}
	if len(gated) > 0 {
		return gated
	}
	return all
}
