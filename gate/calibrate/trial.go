package calibrate

import (
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Options configure the trials of a policy.
type Options struct {
	Policy gate.Policy
	// Sessions is the number of sessions per arm in each trial. 0 means all
	// sessions of a replayed run, or half the rounds of resampled ones.
	Sessions int
	// Changes are planted in head, one after the other.
	Changes []Change
	// Trials limits the number of trials. 0 means every pair of runs, or a hundred
	// draws of rounds.
	Trials int
	// Forward goes forward in time: the runs are in its order, base is older than
	// head, and the history is the other runs before head, at least as many as a
	// decision learns from.
	Forward bool
	// Moved lists runs, by index, that are never head, because the code or the machine
	// is known to have moved there for good: what is then found is no false alarm.
	Moved []int
	// Alone tries the policy without history.
	Alone bool
	// Within draws the rounds of a trial from one run. Rounds of several runs differ by
	// more than those of one, as far as the machine differs from run to run.
	Within bool
	// Seed is the seed of the draws.
	Seed uint64
}

// DefaultOptions returns options that slow down every tenth benchmark by 2 to 25 %.
func DefaultOptions() Options {
	return Options{Policy: gate.DefaultPolicy(), Changes: Slowdowns(0.02, 0.05, 0.10, 0.25), Seed: 1}
}

// Slowdowns returns slowdowns of every tenth benchmark by the shares.
func Slowdowns(shares ...float64) (changes []Change) {
	for _, share := range shares {
		changes = append(changes, Change{Slowdown, share, 10})
	}
	return changes
}

// A trial is a run of unchanged code and its history.
type trial struct {
	run     *bench.Record
	history []*bench.Record
	number  int
	seed    uint64 // of what is drawn in it
}

// try decides on all trials, on all processors, and adds up their results.
func try(trials []trial, o Options) (*Result, error) {
	results := make([]*Result, len(trials))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, t := range trials {
		group.Go(func() (err error) {
			results[i], err = t.try(o)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	sum := newResult(o)
	for _, r := range results {
		sum.add(r)
	}
	return sum, nil
}

// try decides on a trial without a change and with each of the changes.
func (t trial) try(o Options) (*Result, error) {
	r := newResult(o)
	plain, err := t.decide(t.run, o.Policy)
	if err != nil {
		return nil, err
	}
	r.Outcomes = newOutcomes(plain)
	suites := map[string]int{}
	for _, c := range plain.Regressions() {
		r.Alarms[c.Benchmark+" "+c.Subject()]++
		suite := c.Benchmark // the mean over all benchmarks and a sweep have no suite
		if b, planned := t.run.Header.Plan.Benchmark(c.Benchmark); planned {
			suite = b.Suite
		}
		suites[suite] = 1
	}
	r.Suites = suites
	if plain.Status == gate.Undecided {
		for _, c := range plain.Suspects() {
			r.Suspects[c.Benchmark+" "+c.Subject()]++
		}
	}
	for i, change := range o.Changes {
		random := rand.New(rand.NewPCG(t.seed, 0))
		v, err := t.decide(change.plant(t.run, t.number, random), o.Policy)
		if err != nil {
			return nil, err
		}
		r.Found[i].Outcomes = newOutcomes(v)
		r.Found[i].count(plain, v)
	}
	return r, nil
}

func (t trial) decide(run *bench.Record, p gate.Policy) (*gate.Verdict, error) {
	return gate.Decide(gate.Evidence{Run: run, History: t.history}, p)
}

// count counts the gated comparisons in which a change shows, because head's values
// are not those without the change.
func (d *Detection) count(plain, v *gate.Verdict) {
	type key struct{ benchmark, metric string }
	before := map[key][]float64{}
	for _, c := range plain.Comparisons {
		before[key{c.Benchmark, c.Metric}] = c.HeadValues
	}
	for _, c := range v.Comparisons {
		if !c.Gated || slices.Equal(c.HeadValues, before[key{c.Benchmark, c.Metric}]) {
			continue
		}
		s := Share{Of: 1}
		if c.Outcome == gate.Regressed {
			s.Hits, d.Found = 1, 1
		}
		of := d.Metrics
		if gate.IsMean(c.Benchmark) {
			of = d.Means
		}
		addShares(of, map[string]Share{c.Subject(): s})
	}
}

// random returns a generator that depends on the seed and the number of the trial
// alone.
func random(seed uint64, number int) *rand.Rand { return rand.New(rand.NewPCG(seed, uint64(number))) }
