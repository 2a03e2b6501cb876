package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

// A constant is a number of the default policy.
type constant struct {
	name   string
	chosen string // what it was chosen on
	value  float64
	others []float64 // tried in its place
	format func(float64) string
	set    func(p *gate.Policy, v float64)
	// change is one that the constant may hide. If mean is not empty, it is found when
	// the mean of that metric regresses, and otherwise when any comparison that has it
	// does.
	change calibrate.Change
	mean   string
}

const (
	convention = "convention"
	ownRuns    = "earlier runs of KRO v0.9.4"
	oddRuns    = "the odd runs"
)

// constants are those of the default policy.
func constants() (list []constant) {
	policy := gate.DefaultPolicy()
	add := func(c constant) {
		if c.others == nil {
			c.others = []float64{c.value / 2, c.value * 2}
		}
		list = append(list, c)
	}
	in, everywhere := calibrate.One, 1
	add(constant{name: "alpha", chosen: convention, value: policy.Alpha, format: plain,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.50, Every: in},
		set:    func(p *gate.Policy, v float64) { p.Alpha = v }})
	add(constant{name: "means-share", chosen: convention, value: policy.MeansShare, format: plain,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.25, Every: everywhere}, mean: bench.CPUSecPerOp,
		set: func(p *gate.Policy, v float64) { p.MeansShare = v }})
	add(constant{name: "1 − confidence", chosen: convention, value: 1 - policy.Confidence, format: plain,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.25, Every: everywhere},
		set:    func(p *gate.Policy, v float64) { p.Confidence = 1 - v }})
	add(constant{name: "machine", chosen: ownRuns, value: policy.Machine, format: percentOf,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.50, Every: everywhere},
		set:    func(p *gate.Policy, v float64) { p.Machine = v }})

	tolerance := func(class bench.Class, c constant) {
		c.name, c.value = "tolerance."+string(class), policy.Tolerance[class]
		c.set = func(p *gate.Policy, v float64) { p.Tolerance[class] = v }
		add(c)
	}
	tolerance(bench.Exact, constant{chosen: "counts are reproduced", format: plain, others: []float64{1},
		change: calibrate.Change{What: calibrate.Requests, Size: 1, Every: in}})
	tolerance(bench.Steady, constant{chosen: ownRuns, format: percentOf,
		change: calibrate.Change{What: calibrate.Allocations, Size: 0.02, Every: in}})
	tolerance(bench.Racy, constant{chosen: ownRuns, format: percentOf,
		change: calibrate.Change{What: calibrate.Allocations, Size: 0.25, Every: in}})
	tolerance(bench.Timing, constant{chosen: ownRuns, format: percentOf,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.50, Every: in}})
	tolerance(bench.Memory, constant{chosen: "for users' rules", format: percentOf,
		change: calibrate.Change{What: calibrate.Leak, Size: 16 << 10, Every: everywhere}})

	floor := func(metric string, c constant) {
		c.name, c.value = "floor."+metric, policy.Floor[metric]
		c.others = []float64{0, 2 * c.value}
		c.set = func(p *gate.Policy, v float64) { p.Floor[metric] = v }
		add(c)
	}
	floor(bench.AllocsPerOp, constant{chosen: ownRuns, format: plain,
		change: calibrate.Change{What: calibrate.Allocations, Size: 0.02, Every: in}})
	floor(bench.CPUSecPerOp, constant{chosen: ownRuns, format: milliseconds,
		change: calibrate.Change{What: calibrate.CPU, Size: 0.50, Every: in}})
	floor(bench.ReadyP50Sec, constant{chosen: ownRuns, format: milliseconds,
		change: calibrate.Change{What: calibrate.Latency, Size: 0.010, Every: everywhere}})

	mean := func(metric, chosen string, change calibrate.Change) {
		of := func(r gate.Rule) bool {
			return r.Benchmark == gate.Geomean && r.Metric == metric && r.Tolerance != nil
		}
		add(constant{name: "mean of " + metric, chosen: chosen, format: percentOf, change: change, mean: metric,
			value: *policy.Rules[slices.IndexFunc(policy.Rules, of)].Tolerance,
			set: func(p *gate.Policy, v float64) {
				p.Rules = append(p.Rules, gate.Rule{Benchmark: gate.Geomean, Metric: metric, Tolerance: &v})
			}})
	}
	mean(bench.AllocsPerOp, ownRuns, calibrate.Change{What: calibrate.Allocations, Size: 0.005, Every: everywhere})
	mean(bench.CPUSecPerOp, ownRuns, calibrate.Change{What: calibrate.CPU, Size: 0.10, Every: everywhere})
	mean(bench.ReadyP50Sec, ownRuns, calibrate.Change{What: calibrate.Latency, Size: 0.010, Every: everywhere})
	mean(bench.HeapLiveBytes, oddRuns, calibrate.Change{What: calibrate.Leak, Size: 4 << 10, Every: everywhere})
	mean(bench.ResidentBytes, ownRuns, calibrate.Change{What: calibrate.Leak, Size: 32 << 10, Every: everywhere})
	return list
}

// constants writes what each constant of the policy costs. Every cell has the share
// for runs drawn from the odd runs and the share for the even ones.
func (e evaluation) constants(w io.Writer) {
	e.t.Helper()
	fmt.Fprintf(w, "\n| constant | chosen on | change of head | value | red | undecided | change found |\n|---|---|---|--:|--:|--:|--:|\n")
	list := constants()
	var changes []calibrate.Change
	for _, c := range list {
		if !slices.Contains(changes, c.change) {
			changes = append(changes, c.change)
		}
	}
	odd, even := e.onHalves(gate.DefaultPolicy(), changes...)
	for _, c := range list {
		figures := func(odd, even *calibrate.Result) string {
			return both(red, odd, even) + " | " + both(undecided, odd, even) + " | " + both(c.found, odd, even)
		}
		fmt.Fprintf(w, "| %s | %s | %s, %s | **%s** | %s |\n", c.name, c.chosen, size(c.change), where(c.change), c.format(c.value), figures(odd, even))
		for _, v := range c.others {
			policy := gate.DefaultPolicy()
			c.set(&policy, v)
			fmt.Fprintf(w, "| | | | %s | %s |\n", c.format(v), figures(e.onHalves(policy, c.change)))
		}
	}
}

// found counts the trials in which the constant's change was found.
func (c constant) found(r *calibrate.Result) (n, of int) {
	d := r.Found[slices.IndexFunc(r.Found, func(d calibrate.Detection) bool { return d.Change == c.change })]
	if c.mean == "" {
		return d.Found, d.Trials
	}
	return d.Means[c.mean].Hits, d.Trials
}

// exceptions writes how runs of unchanged code would end if the policy gated what one of
// its rules does not gate.
func (e evaluation) exceptions(w io.Writer) {
	e.t.Helper()
	fmt.Fprintf(w, "\n| not gated | red if it were | undecided if it were |\n|---|--:|--:|\n")
	odd, even := e.onHalves(gate.DefaultPolicy())
	fmt.Fprintf(w, "| **as it is** | %s | %s |\n", both(red, odd, even), both(undecided, odd, even))
	for i, rule := range gate.DefaultPolicy().Rules {
		if rule.Benchmark == "" || rule.Gate == nil || *rule.Gate {
			continue
		}
		policy := gate.DefaultPolicy()
		policy.Rules = slices.Delete(policy.Rules, i, i+1)
		odd, even := e.onHalves(policy)
		fmt.Fprintf(w, "| `%s` of `%s` | %s | %s |\n", rule.Metric, rule.Benchmark, both(red, odd, even), both(undecided, odd, even))
	}
}

func red(r *calibrate.Result) (n, of int)       { return r.Red, r.Trials }
func undecided(r *calibrate.Result) (n, of int) { return r.Undecided, r.Trials }

// both returns a share of runs drawn from the odd runs and from the even ones.
func both(of func(*calibrate.Result) (n, of int), odd, even *calibrate.Result) string {
	return strings.TrimSuffix(share(of(odd)), " %") + " / " + share(of(even))
}

func plain(v float64) string        { return fmt.Sprintf("%.4g", v) }
func percentOf(v float64) string    { return fmt.Sprintf("%.4g %%", 100*v) }
func milliseconds(v float64) string { return fmt.Sprintf("%.4g ms", 1000*v) }
