package gate

import (
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Machine is what the control workload, a fixed piece of work that runs beside
// every session, says of the machine during the run.
type Machine struct {
	Metric string `json:"metric"` // what the workload measures, in seconds
	// Base and Head are the medians of the arms' sessions.
	Base float64 `json:"base"`
	Head float64 `json:"head"`
	// Ratio is head to base, by Hodges-Lehmann, with its interval.
	Ratio float64    `json:"ratio"`
	CI    [2]float64 `json:"ci"`
	// Drift is the slowest session's relative to the fastest's, less one.
	Drift float64 `json:"drift"`
	// Differs is set when all of the interval is beyond what the policy accepts:
	// timings then say as much of the machines as of the code, and none is
	// compared.
	Differs bool `json:"differs,omitempty"`
	// Corrected is how many comparisons the control workload has corrected.
	Corrected int `json:"corrected"`
}

// controls compares the control workload between the arms. It is nil unless it
// ran in every session of this run.
func (d *decision) controls() *Machine {
	if d.base.side.Baseline || len(d.base.sessions) == 0 || len(d.head.sessions) == 0 {
		return nil
	}
	speeds := func(a *arm) (v []float64) {
		for _, s := range a.sessions {
			v = append(v, s.control)
		}
		return v
	}
	base, head := speeds(&d.base), speeds(&d.head)
	s, ok := newTwoSample(base, head)
	if !ok {
		return nil
	}
	bound := d.bounds.of(design{base: len(base), head: len(head)}, (1-d.policy.Confidence)/2)
	all := slices.Concat(base, head)
	m := &Machine{
		Metric: bench.ControlCPU, Base: *median(base), Head: *median(head),
		Ratio: middle(s), CI: interval(s, bound), Drift: slices.Max(all)/slices.Min(all) - 1,
	}
	limit := 1 + d.policy.Machine
	if m.Differs = bound > 0 && (m.CI[0] > limit || m.CI[1] < 1/limit); m.Differs {
		d.warnings.add("base and head saw different machines: the control workload took %.3f times as long beside head [%.3f, %.3f], more than the %v accepted; timings are not compared",
			m.Ratio, m.CI[0], m.CI[1], d.policy.Machine)
	}
	return m
}

// explains is by how much less the values of each arm have to scatter once they
// are divided by the control workload for that to be taken as their cause.
const explains = 0.8

// normalise divides the values by how slow the control workload was in their
// session, and rates multiplies, where that makes the arms less noisy. Only the
// scatter within each arm is looked at, never the difference between them, so
// the choice does not favour an outcome.
func (d *decision) normalise(t *test) {
	if d.machine == nil || t.Class != bench.Timing {
		return
	}
	speeds := slices.Concat(t.base.speeds, t.head.speeds)
	typical := *median(speeds)
	divide := func(s sample) sample {
		values := make([]float64, len(s.values))
		for i, v := range s.values {
			factor := typical / s.speeds[i]
			if t.Better == bench.Higher {
				factor = 1 / factor
			}
			values[i] = v * factor
		}
		s.values = values
		return s
	}
	base, head := divide(t.base), divide(t.head)
	if before, after := scatter(t.base.values)+scatter(t.head.values), scatter(base.values)+scatter(head.values); after < explains*before {
		t.base, t.head, t.Corrected = base, head, true
	}
}

// scatter is the sum of the distances of the logarithms from their median, and
// infinite where there are none.
func scatter(values []float64) float64 {
	logs := make([]float64, len(values))
	for i, v := range values {
		if !(v > 0) {
			return math.Inf(1)
		}
		logs[i] = math.Log(v)
	}
	center, sum := *median(logs), 0.0
	for _, l := range logs {
		sum += math.Abs(l - center)
	}
	return sum
}

// A shift is common when it moves at least commonShare of at least commonLeast
// timings in one direction.
const (
	commonLeast = 10
	commonShare = 0.9
)

// common returns by what all timings moved together, as a quotient of which
// more than 1 is worse, and nil when they did not or when the arms were measured
// side by side. What moved no further than that is the machine's doing as
// likely as the code's, and does not regress.
func (d *decision) common(tests []*test) *float64 {
	if d.paired {
		return nil
	}
	var moves []float64
	for _, t := range tests {
		if t.Class == bench.Timing && t.Ratio != nil {
			moves = append(moves, t.slowdown(*t.Ratio))
		}
	}
	if len(moves) < commonLeast {
		return nil
	}
	shift, along := *median(moves), 0
	for _, m := range moves {
		if (m > 1) == (shift > 1) {
			along++
		}
	}
	limit := 1 + d.policy.Machine
	if float64(along) < commonShare*float64(len(moves)) || shift <= limit && shift >= 1/limit {
		return nil
	}
	d.warnings.add("%d of %d timings moved in one direction, by %.3f in the median: that is the machine's doing rather than the code's, and what moved no further is not counted",
		along, len(moves), shift)
	for _, t := range tests {
		if t.Class != bench.Timing || t.CI == nil || t.Outcome != Regressed && t.Outcome != Improved {
			continue
		}
		low, high := t.slowdown(t.CI[0]), t.slowdown(t.CI[1])
		if t.Better == bench.Higher {
			low, high = high, low
		}
		if t.Outcome == Regressed && low <= shift*(1+t.Tolerance) || t.Outcome == Improved && high >= shift/(1+t.Tolerance) {
			t.Outcome = Inconclusive
			t.note("moved as all timings did")
		}
	}
	return &shift
}

// slowdown turns a ratio into one that grows as things worsen.
func (t *test) slowdown(ratio float64) float64 {
	if t.Better == bench.Higher {
		return 1 / ratio
	}
	return ratio
}
