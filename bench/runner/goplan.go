package runner

import (
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/bench/gotest"
	"github.com/kro/perf-gate/bench/workload"
)

// goWork says how much of Go benchmarks a profile measures.
var goWork = map[workload.Profile]struct {
	rounds int
	// budget is about how long all processes take.
	budget time.Duration
	// limit is the longest iteration of a benchmark that is measured; 0 means any.
	limit time.Duration
}{
	workload.Quick:    {11, 100 * time.Second, time.Second},
	workload.Standard: {20, 9 * time.Minute, 5 * time.Second},
	workload.Full:     {40, 30 * time.Minute, 0},
}

// GoLimit returns the longest iteration of a Go benchmark that a profile measures; 0 means
// any.
func GoLimit(profile string) time.Duration { return goWork[workload.Profile(profile)].limit }

// GoPlan returns the plan for a request of Go benchmarks. Of the request, it needs the
// suites, the profile, the rounds, the seed and the turns.
func GoPlan(r Request, b *gotest.Benches) (bench.Plan, error) {
	work := goWork[workload.Profile(r.Profile)]
	if r.Rounds == 0 {
		r.Rounds = work.rounds
	}
	if err := r.check(); err != nil {
		return bench.Plan{}, err
	}
	plan := bench.Plan{
		Cluster: gobench.Cluster, Profile: r.Profile, Suites: r.Suites, Rounds: r.Rounds, MaxRounds: r.MaxRounds,
		Seed: r.Seed, Turns: r.Turns, Benchmarks: b.Benchmarks, Units: b.Units,
	}
	plan.Order = order(plan)
	b.Fit(work.budget, len(plan.Order))
	plan.Go = &b.Notes
	return plan, nil
}
