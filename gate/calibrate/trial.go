package calibrate

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Options configure the trials of a policy.
type Options struct {
	Policy gate.Policy
	// Sessions is the number of sessions per arm in each trial. 0 means all
	// sessions of a replayed run, or half the rounds of a resampled one.
	Sessions int
	// Slowdowns are the factors, above 1, by which head is slowed down.
	Slowdowns []float64
	// Every is n if every nth benchmark is slowed down. The first one changes from
	// trial to trial.
	Every int
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
	// Seed is the seed of the draws.
	Seed uint64
}

// DefaultOptions returns options that slow down every tenth benchmark by 2 to 25 %.
func DefaultOptions() Options {
	return Options{Policy: gate.DefaultPolicy(), Slowdowns: []float64{1.02, 1.05, 1.10, 1.25}, Every: 10, Seed: 1}
}

// A Result is the outcome of the trials.
type Result struct {
	Sessions int `json:"sessions"` // per arm and trial
	Trials   int `json:"trials"`
	// Red is the number of trials that failed without a slowdown. Suites is the
	// number of those trials in which a comparison of a suite regressed.
	Red    int            `json:"red"`
	Suites map[string]int `json:"suites"`
	// Alarms counts the comparisons that regressed without a slowdown, by benchmark
	// and metric.
	Alarms map[string]int `json:"alarms,omitempty"`
	// Found counts the slowdowns that were found, in the order of the options.
	Found []Detection `json:"found"`
}

// A Detection counts the slowdowns of one size that were found.
type Detection struct {
	Slowdown float64 `json:"slowdown"`
	// Metrics counts by metric, over all trials and slowed benchmarks.
	Metrics map[string]Share `json:"metrics"`
}

// A Share is a number of hits out of all cases.
type Share struct {
	Hits int `json:"hits"`
	Of   int `json:"of"`
}

// All returns the sum over the metrics of a detection.
func (d Detection) All() Share {
	var all Share
	for _, s := range d.Metrics {
		all.Hits += s.Hits
		all.Of += s.Of
	}
	return all
}

// A trial is a run of unchanged code and its history.
type trial struct {
	run     *bench.Record
	history []*bench.Record
}

// try decides on a trial without a slowdown and with each slowdown, and counts the
// outcomes.
func (r *Result) try(t trial, number int, o Options) error {
	r.Trials++
	v, err := gate.Decide(gate.Evidence{Run: t.run, History: t.history}, o.Policy)
	if err != nil {
		return err
	}
	if v.Status == gate.Fail {
		r.Red++
	}
	suites := map[string]bool{}
	for _, c := range v.Regressions() {
		r.Alarms[c.Benchmark+" "+c.Metric]++
		suite := c.Benchmark // the mean over all benchmarks has no suite
		if b, planned := t.run.Header.Plan.Benchmark(c.Benchmark); planned {
			suite = b.Suite
		}
		suites[suite] = true
	}
	for suite := range suites {
		r.Suites[suite]++
	}
	for i, factor := range o.Slowdowns {
		slowed := map[string]bool{}
		for j, b := range t.run.Header.Plan.Benchmarks {
			slowed[b.Name] = (j+number)%o.Every == 0
		}
		v, err := gate.Decide(gate.Evidence{Run: slowdown(t.run, slowed, factor), History: t.history}, o.Policy)
		if err != nil {
			return err
		}
		for _, c := range v.Comparisons {
			if !slowed[c.Benchmark] || !c.Gated || c.Class == bench.Exact || c.Base == nil || c.Head == nil {
				continue
			}
			s := r.Found[i].Metrics[c.Metric]
			s.Of++
			if c.Outcome == gate.Regressed {
				s.Hits++
			}
			r.Found[i].Metrics[c.Metric] = s
		}
	}
	return nil
}

// slowdown returns the run with head's values of the slowed benchmarks made worse
// by the factor. It keeps counts: they have no noise that could hide a change.
func slowdown(run *bench.Record, slowed map[string]bool, factor float64) *bench.Record {
	plan := run.Header.Plan
	worse := func(result bench.Result, metric string, v float64) float64 {
		b, _ := plan.Benchmark(result.Benchmark)
		m, _ := plan.Metric(metric)
		switch {
		case !slowed[result.Benchmark] || plan.Class(b, metric) == bench.Exact:
			return v
		case m.Better == bench.Higher:
			return v / factor
		default:
			return v * factor
		}
	}
	out := &bench.Record{Header: run.Header, Sessions: slices.Clone(run.Sessions)}
	for i, s := range out.Sessions {
		if s.Arm != bench.Head {
			continue
		}
		if plan.Repetitions {
			out.Sessions[i] = eachSample(s, func(result bench.Result, metric string, values []float64) []float64 {
				values = slices.Clone(values)
				for i := range values {
					values[i] = worse(result, metric, values[i])
				}
				return values
			})
			continue
		}
		s.Results = slices.Clone(s.Results)
		for j, result := range s.Results {
			s.Results[j].Metrics = maps.Clone(result.Metrics)
			for metric, v := range result.Metrics {
				s.Results[j].Metrics[metric] = worse(result, metric, v)
			}
		}
		out.Sessions[i] = s
	}
	return out
}

func newResult(o Options) *Result {
	r := &Result{Sessions: o.Sessions, Suites: map[string]int{}, Alarms: map[string]int{}}
	for _, factor := range o.Slowdowns {
		r.Found = append(r.Found, Detection{factor, map[string]Share{}})
	}
	return r
}

// random returns a generator that depends only on the seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
