package calibrate

import (
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Options say how a policy is tried.
type Options struct {
	Policy gate.Policy
	// Sessions is how many sessions per arm each trial has; 0 means all of a
	// replayed run and half the rounds of a resampled one.
	Sessions int
	// Slowdowns are the factors, above 1, by which head is made slower.
	Slowdowns []float64
	// Every says that every so manyth benchmark is slowed down. Which one comes
	// first changes from trial to trial.
	Every int
	// Trials bounds how many trials there are; 0 means every pair of runs, and a
	// hundred draws of rounds.
	Trials int
	// Alone leaves the other runs out that would be the history.
	Alone bool
	// Seed chooses what is drawn.
	Seed uint64
}

// DefaultOptions slow every tenth benchmark down by 2 to 25 %.
func DefaultOptions() Options {
	return Options{Policy: gate.DefaultPolicy(), Slowdowns: []float64{1.02, 1.05, 1.10, 1.25}, Every: 10, Seed: 1}
}

// A Result is how a policy did.
type Result struct {
	Sessions int `json:"sessions"` // per arm and trial
	Trials   int `json:"trials"`
	// Red is how many trials failed although nothing was changed, and Suites
	// the same by suite: trials in which a comparison of that suite regressed.
	Red    int            `json:"red"`
	Suites map[string]int `json:"suites"`
	// Alarms counts, by benchmark and metric, the comparisons that regressed
	// although nothing was changed.
	Alarms map[string]int `json:"alarms,omitempty"`
	// Found is what was found of the slowdowns, in the order of the options.
	Found []Detection `json:"found"`
}

// Detection is how many slowdowns of one size were found.
type Detection struct {
	Slowdown float64 `json:"slowdown"`
	// Metrics counts by metric, over all trials and slowed benchmarks.
	Metrics map[string]Share `json:"metrics"`
}

// Share is a number of cases out of all.
type Share struct {
	Hits int `json:"hits"`
	Of   int `json:"of"`
}

// All adds up the metrics of a detection.
func (d Detection) All() Share {
	var all Share
	for _, s := range d.Metrics {
		all.Hits += s.Hits
		all.Of += s.Of
	}
	return all
}

// A trial is a run of unchanged code with what is known of others.
type trial struct {
	run     *bench.Record
	history []*bench.Record
}

// try decides on the trial as it is and with each slowdown.
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
		suite := c.Benchmark // which is the mean over all
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

// slowdown returns the run with what head measured of the benchmarks made worse
// by the factor. Counts stay: they have no noise to be lost in.
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

// random is the same for the same seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
