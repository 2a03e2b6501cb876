package runner

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/directory"
)

// defaultRounds is the number of rounds in each profile: the fewest with which a one-sided
// signed-rank test can reach 0.05 after the correction for the number of comparisons that
// the profile gates, with room for one small difference the other way.
var defaultRounds = map[workload.Profile]int{workload.Quick: 11, workload.Standard: 11, workload.Full: 14}

// A Request says what the user wants to measure.
type Request struct {
	Cluster string
	// ControlPlane says which sessions share a control plane, on a local cluster.
	ControlPlane bench.ControlPlane
	Profile      string
	// Suites are built-in ones, or those of Go benchmarks. If there are no workloads either, they are all that the
	// profile has work for.
	Suites []string
	// Workloads are the user's.
	Workloads []*directory.Directory
	// ControllerArgs are flags that KRO gets besides those of the profile.
	ControllerArgs []string
	// Pprof are the kinds of pprof profiles that each session takes.
	Pprof []string
	// Turns say how base and head take turns. If they are empty, base is left out, for a
	// comparison with stored records.
	Turns  bench.Turns
	Rounds int // sessions per arm; 0 means the profile's
	// MaxRounds is the largest number of rounds, which an undecided run may reach; 0
	// means no more than Rounds.
	MaxRounds int
	Seed      uint64
}

// NewPlan returns the plan for a request. An error says what is wrong and which values
// are available.
func NewPlan(r Request) (bench.Plan, error) {
	if r.Rounds == 0 {
		r.Rounds = defaultRounds[workload.Profile(r.Profile)]
	}
	if err := r.check(); err != nil {
		return bench.Plan{}, err
	}
	plan := bench.Plan{
		Cluster: r.Cluster, Profile: r.Profile, Rounds: r.Rounds, MaxRounds: r.MaxRounds, Seed: r.Seed,
		ControllerArgs: r.ControllerArgs, Pprof: r.Pprof, Turns: r.Turns,
	}
	if _, err := Settings(plan); err != nil {
		return bench.Plan{}, fmt.Errorf("controller: %w", err)
	}
	plan.Order = order(plan)
	if r.Cluster == "local" {
		plan.ControlPlane = r.ControlPlane
	}
	if err := addSuites(&plan, r); err != nil {
		return bench.Plan{}, err
	}
	if err := addWorkloads(&plan, r.Workloads); err != nil {
		return bench.Plan{}, err
	}
	list := scenarios(plan, r.Workloads)
	for _, s := range list {
		for _, b := range s.Benchmarks {
			plan.Benchmarks = append(plan.Benchmarks, b.Benchmark)
		}
	}
	for _, s := range list {
		if _, err := settingsFor(plan, s.Controller); err != nil {
			return bench.Plan{}, fmt.Errorf("the suite %s: controller: %w", s.Suite, err)
		}
	}
	return plan, disjoint(list)
}

// check checks the numbers of a request.
func (r Request) check() error {
	if !slices.Contains(workload.Profiles, workload.Profile(r.Profile)) {
		return fmt.Errorf("unknown profile %q: use quick, standard or full", r.Profile)
	}
	if r.Rounds < 0 {
		return fmt.Errorf("sessions %d: each arm needs at least one", r.Rounds)
	}
	if r.MaxRounds != 0 && r.MaxRounds < r.Rounds {
		return fmt.Errorf("max-sessions %d: want 0, or %d or more, the sessions that each arm starts with", r.MaxRounds, r.Rounds)
	}
	return nil
}

// order returns the arm of each session of a plan's rounds.
func order(p bench.Plan) []bench.Arm {
	var arms []bench.Arm
	for round := range p.Rounds {
		arms = append(arms, armsOf(p, round)...)
	}
	return arms
}

// armsOf returns the order of the arms in a round. Both are first equally often, so that a
// machine that becomes slower or faster during a run affects both alike. Sessions that
// alternate are in the order base head head base …. Where both run at once, the seed
// decides which of two rounds base begins.
func armsOf(p bench.Plan, round int) []bench.Arm {
	baseFirst := round%2 == 0
	switch {
	case p.Turns == "" && !slices.Contains(p.Order, bench.Base):
		return []bench.Arm{bench.Head}
	case p.Turns == bench.ByBlock:
		draw := rand.New(rand.NewPCG(p.Seed, uint64(round/2)))
		baseFirst = baseFirst == (draw.IntN(2) == 0)
	}
	if baseFirst {
		return []bench.Arm{bench.Base, bench.Head}
	}
	return []bench.Arm{bench.Head, bench.Base}
}
