package gate

import (
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// Schema is the version of the verdict's JSON form.
const Schema = "perf-gate/verdict/v1"

// Outcome is how one comparison ended.
type Outcome string

const (
	Regressed     Outcome = "regressed"
	Improved      Outcome = "improved"
	Unchanged     Outcome = "unchanged" // shown to be within the tolerance
	Inconclusive  Outcome = "inconclusive"
	NotComparable Outcome = "not-comparable"
)

// Status is the verdict on a whole run.
type Status string

const (
	Pass      Status = "pass"
	Fail      Status = "fail"         // at least one gated comparison regressed
	Undecided Status = "inconclusive" // none regressed, but one may have: see [Verdict.Reason]
	Error     Status = "error"        // nothing that could be compared was measured
)

// A Verdict is the decision on a run: a pure function of records and policy.
type Verdict struct {
	Schema string `json:"schema"`
	Status Status `json:"verdict"`
	// Reason is one sentence for the reader: what was decided and why.
	Reason      string       `json:"reason"`
	Comparisons []Comparison `json:"comparisons"`
	Counts      Counts       `json:"counts"`
	// Findings group the gated comparisons that regressed: what moves together
	// is one finding.
	Findings []Finding `json:"findings,omitempty"`
	// Sweeps are the sweeps of the plan, whose growth is compared where the arms were
	// measured side by side.
	Sweeps []bench.Sweep `json:"sweeps,omitempty"`
	// Modes are the latencies that have a fast and a slow mode.
	Modes []Mode `json:"modes,omitempty"`
	// Machine is what the control workload saw; null when none ran.
	Machine *Machine `json:"machine,omitempty"`
	// Shift is the move of all timings together, as a ratio of which more than 1 is
	// slower, where the arms were measured apart; null when they did not move
	// together. The machine is the likely cause.
	Shift *float64 `json:"shift,omitempty"`
	// Sight is what the run could have seen.
	Sight Sight `json:"sight"`
	// Warnings list what the reader should know before trusting the verdict: failed
	// sessions, counts that were not reproduced, confounders such as different Go
	// versions.
	Warnings []string `json:"warnings,omitempty"`
	Base     Side     `json:"base"`
	Head     Side     `json:"head"`
	Policy   Policy   `json:"policy"`
}

// Side describes one arm of the comparison.
type Side struct {
	Build    bench.Build `json:"build"`
	Sessions int         `json:"sessions"`           // complete ones, which are compared
	Failed   int         `json:"failed,omitempty"`   // sessions that could not be completed
	Baseline bool        `json:"baseline,omitempty"` // from stored records, not from this run
	// Confirming counts the sessions in which what regressed was measured again.
	Confirming int `json:"confirming,omitempty"`
}

// Counts is the number of comparisons by outcome.
type Counts struct {
	Total         int `json:"total"`
	Gated         int `json:"gated"`
	Regressed     int `json:"regressed"` // gated only; the others count all
	Improved      int `json:"improved"`
	Unchanged     int `json:"unchanged"`
	Inconclusive  int `json:"inconclusive"`
	NotComparable int `json:"not-comparable"`
}

// Method is how a comparison was tested.
type Method string

const (
	MannWhitney Method = "mann-whitney" // the arms' values as two samples
	SignedRank  Method = "signed-rank"  // the rounds' differences
	Prediction  Method = "prediction"   // head against what runs of unchanged code predict
)

// A Scale says what the change from base to head is.
type Scale = rank.Scale

const (
	// Ratio is the scale of what a metric measures.
	Ratio = rank.Ratio
	// Difference is the scale of exponents: how a metric grows over a sweep.
	Difference = rank.Difference
)

// A Comparison is one metric of one benchmark, base against head. Or it is the metric's
// growth over a sweep: then its values are exponents, and its scale is [Difference].
type Comparison struct {
	Benchmark string       `json:"benchmark"` // or [Geomean], or the name of a sweep
	Metric    string       `json:"metric"`
	Class     bench.Class  `json:"class"`
	Better    bench.Better `json:"better"`
	// Base and Head are the medians of the session values, or of the values at equal
	// numbers of reconciles, or what Operations says; null when missing.
	Base *float64 `json:"base"`
	Head *float64 `json:"head"`
	// Scale is that of the change from base to head.
	Scale Scale `json:"scale,omitempty"`
	// Ratio is head/base, estimated by Hodges and Lehmann on the logarithms; null
	// where a side is not positive. For exact metrics it is the ratio of the
	// medians, and for a prediction that of head's median to what is predicted.
	Ratio *float64 `json:"ratio"`
	// Difference is head less base, estimated in the same way, where that is the scale.
	// Ratio is null then.
	Difference *float64 `json:"difference,omitempty"`
	// CI is the confidence interval of Ratio or Difference; null for exact metrics.
	CI *[2]float64 `json:"ci"`
	// P is the one-sided p-value towards "worse". AdjustedP is P after Holm's
	// correction over the gated comparisons that need statistics. Both are null for
	// exact metrics; AdjustedP is also null for metrics that are not gated.
	P         *float64 `json:"p"`
	AdjustedP *float64 `json:"adjusted-p"`
	// Method is empty for exact metrics, which need no test.
	Method Method `json:"method,omitempty"`
	// Corrected is set when the session values were divided by the time that the
	// control workload took next to them, because that made the arms less noisy.
	// Ratio, CI and the p-values are those of the corrected values.
	Corrected bool `json:"corrected,omitempty"`
	// EqualReconciles is set when a count of a racy benchmark was compared as an exact
	// one: as what the sessions would have counted with as many reconciles as base had
	// on average.
	EqualReconciles bool `json:"equal-reconciles,omitempty"`
	// Tolerance is the relative change that is accepted; for exact metrics and
	// exponents, the absolute change. It is the larger of the policy's tolerance and
	// Learned.
	Tolerance float64 `json:"tolerance"`
	// Learned is the usual difference between the history's runs of unchanged code;
	// null when there are too few.
	Learned *float64 `json:"learned,omitempty"`
	// Runs is the number of recorded runs that predict head, where it was measured
	// apart from base. They do so along with base if base agrees with them.
	Runs int `json:"runs,omitempty"`
	// Stepped is set when these runs do so in place of base, because they changed
	// their level and base is from before that.
	Stepped bool `json:"stepped,omitempty"`
	// Floor is the absolute change, in the metric's unit, up to which nothing
	// counts as changed.
	Floor float64 `json:"floor,omitempty"`
	// Detectable is the smallest Ratio or Difference (where higher is better, the
	// largest) that would have been called regressed with this comparison's noise, after
	// the correction for the whole family. It is null for exact metrics, and where no
	// change would, as with too few sessions.
	Detectable *float64 `json:"detectable"`
	Outcome    Outcome  `json:"outcome"`
	// Course lists the steps of the decision that settled the comparison, in order.
	// The last of them gave it its outcome.
	Course []Settled `json:"course"`
	// Crept is set when the comparison regressed because stored records drifted in
	// small steps, none of which was beyond the tolerance.
	Crept bool `json:"crept,omitempty"`
	// Unconfirmed is set when the comparison regressed at first but not when measured
	// again; it is inconclusive then.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
	Gated       bool `json:"gated"`
	// Note explains an outcome that the figures alone do not explain.
	Note string `json:"note,omitempty"`
	// Operations is null for metrics other than high percentiles of latency.
	Operations *Operations `json:"operations,omitempty"`
	// BaseValues and HeadValues are the session values in order of measurement.
	BaseValues []float64 `json:"base-values"`
	HeadValues []float64 `json:"head-values"`
}

// A Step is one step of the decision.
type Step string

// Settled is a step of the decision and the outcome that it gave a comparison.
type Settled struct {
	Step    Step    `json:"step"`
	Outcome Outcome `json:"outcome"`
}

// Sight states what the run could have seen.
type Sight struct {
	Alpha float64 `json:"alpha"`
	// Family is the number of gated comparisons that need statistics and share alpha.
	Family int `json:"family"`
	// MinSessions is the number of sessions per arm that their correction and their
	// intervals need before any of them can regress.
	MinSessions int `json:"min-sessions"`
	// Means is the number of gated means over all benchmarks, which have a part of
	// alpha to themselves.
	Means int `json:"means,omitempty"`
	// Look is the number of this look at the data, of the Looks that are planned
	// where the run may go on while it is undecided. All looks share alpha.
	Look  int `json:"look,omitempty"`
	Looks int `json:"looks,omitempty"`
	// History is the number of recorded runs of unchanged code to learn from.
	History int `json:"history"`
	// Metrics lists the gated metrics that need statistics, in report order.
	Metrics []MetricSight `json:"metrics,omitempty"`
}

// MetricSight is what the run could have seen in one metric.
type MetricSight struct {
	Metric string `json:"metric"`
	// Scale is [Difference] for the growth of the metric over the sweeps.
	Scale       Scale `json:"scale,omitempty"`
	Comparisons int   `json:"comparisons"` // that have a Detectable
	// Mean is set when the metric is gated in the mean over all benchmarks alone,
	// whose Detectable this is.
	Mean bool `json:"mean,omitempty"`
	// Median and Worst are of the Detectables of the metric's comparisons.
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
}

// A Finding groups what probably regressed for one reason: metrics that count or
// cost the same thing, over all benchmarks.
type Finding struct {
	// Group is what the metrics have in common.
	Group bench.Group `json:"group"`
	// Scale is [Difference] if their growth regressed. The benchmarks are sweeps then.
	Scale Scale `json:"scale,omitempty"`
	// Metrics and Benchmarks list where it shows, in the verdict's order.
	Metrics    []string `json:"metrics"`
	Benchmarks []string `json:"benchmarks"`
	// Worst is the index, in the verdict's comparisons, of the largest change.
	Worst int `json:"worst"`
}

// A Mode describes a latency that is either fast or slow with nothing in between,
// for example because one of KRO's timers races a watch event. Two things can
// change: how often it is slow, and how fast the fast operations are.
type Mode struct {
	Benchmark string `json:"benchmark"`
	Metric    string `json:"metric"` // the samples
	// Split is the value, in the samples' unit, that separates the modes.
	Split float64 `json:"split"`
	// Slow is the share of operations in the slow mode, of base and of head.
	Slow [2]float64 `json:"slow"`
	// SlowP is the p-value of the U test that head's sessions have more of them.
	SlowP float64 `json:"slow-p"`
	// Fast is the ratio head/base of the sessions' medians within the fast mode, and
	// FastCI its interval; null when a session has no fast operation.
	Fast   *float64    `json:"fast,omitempty"`
	FastCI *[2]float64 `json:"fast-ci,omitempty"`
}

// Machine is what the control workload, a fixed piece of work that runs next to
// every session, shows of the machine during the run.
type Machine struct {
	Metric string `json:"metric"` // what the workload measures, in seconds
	// Base and Head are the medians of the arms' sessions.
	Base float64 `json:"base"`
	Head float64 `json:"head"`
	// Ratio is head/base, estimated by Hodges and Lehmann, and CI its interval.
	Ratio float64    `json:"ratio"`
	CI    [2]float64 `json:"ci"`
	// Drift is the time of the slowest session divided by that of the fastest, less
	// one.
	Drift float64 `json:"drift"`
	// Differs is set when all of CI is beyond what the policy accepts. Timings then
	// show the machines as much as the code, and none is compared.
	Differs bool `json:"differs,omitempty"`
	// Corrected is the number of comparisons that the control workload corrected.
	Corrected int `json:"corrected"`
}
