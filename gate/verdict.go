package gate

import "github.com/kro/perf-gate/bench"

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
	// Modes are the latencies that have a fast and a slow mode.
	Modes []Mode `json:"modes,omitempty"`
	// Machine is what the control workload saw; null when none ran.
	Machine *Machine `json:"machine,omitempty"`
	// Shift is by what the timings moved all together, where arms were measured
	// apart and so the machine is to be suspected; null when they did not.
	Shift *float64 `json:"shift,omitempty"`
	// Sight is what the run could have seen.
	Sight Sight `json:"sight"`
	// Warnings are doubts the reader should know of: failed sessions, counts
	// that were not reproduced, confounders such as different Go versions.
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
}

// Counts tells how many comparisons ended how.
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
)

// A Comparison is one metric of one benchmark, base against head.
type Comparison struct {
	Benchmark string       `json:"benchmark"` // or [Geomean]
	Metric    string       `json:"metric"`
	Class     bench.Class  `json:"class"`
	Better    bench.Better `json:"better"`
	// Base and Head are the medians of the session values; null when missing.
	Base *float64 `json:"base"`
	Head *float64 `json:"head"`
	// Ratio is head to base, by Hodges-Lehmann on the logarithms where both
	// sides are positive; null where it has no meaning. For exact metrics it is
	// that of the medians.
	Ratio *float64 `json:"ratio"`
	// CI is the confidence interval of Ratio; null for exact metrics.
	CI *[2]float64 `json:"ci"`
	// P is the one-sided p-value towards "worse", AdjustedP the same after
	// Holm's correction over the gated comparisons that need statistics. Both
	// are null for exact metrics, AdjustedP also for what is not gated.
	P         *float64 `json:"p"`
	AdjustedP *float64 `json:"adjusted-p"`
	// Method is empty for exact metrics, which need no test.
	Method Method `json:"method,omitempty"`
	// Corrected is set when the session values were divided by how fast the
	// control workload ran beside them, because that made the arms less noisy.
	// Ratio, CI and the p-values are those of the corrected values.
	Corrected bool `json:"corrected,omitempty"`
	// Tolerance is the relative change that is accepted; for exact metrics
	// the absolute one. It is the larger of the policy's and of Learned, by how
	// much the runs of unchanged code in the history differ; null when there
	// are too few.
	Tolerance float64  `json:"tolerance"`
	Learned   *float64 `json:"learned,omitempty"`
	// Lent is how many recorded runs were compared along with base's, because
	// base agrees with them and was itself measured apart from head.
	Lent int `json:"lent,omitempty"`
	// Floor is the absolute change, in the metric's unit, up to which nothing
	// counts as changed.
	Floor float64 `json:"floor,omitempty"`
	// Detectable is the smallest Ratio (where higher is better, the largest)
	// that this comparison's noise would have let it call regressed, on its own
	// and corrected for the whole family; null where none would, as with too
	// few sessions, and for exact metrics.
	Detectable *float64 `json:"detectable"`
	Outcome    Outcome  `json:"outcome"`
	// Crept is set when the comparison regressed because stored records have
	// drifted, in steps of which none was beyond the tolerance.
	Crept bool `json:"crept,omitempty"`
	// Unconfirmed is set when the comparison regressed and did not do so again
	// in fresh sessions; it is inconclusive then.
	Unconfirmed bool `json:"unconfirmed,omitempty"`
	Gated       bool `json:"gated"`
	// Note explains an outcome that the figures alone do not.
	Note string `json:"note,omitempty"`
	// BaseValues and HeadValues are the session values in order of measurement.
	BaseValues []float64 `json:"base-values"`
	HeadValues []float64 `json:"head-values"`
}

// Sight states what the run could have seen.
type Sight struct {
	Alpha float64 `json:"alpha"`
	// Family is how many gated comparisons need statistics and share alpha;
	// MinSessions how many sessions per arm their correction and their
	// intervals need before any of them can regress.
	Family      int `json:"family"`
	MinSessions int `json:"min-sessions"`
	// Means is how many means over all benchmarks are gated; they have a part of
	// alpha to themselves.
	Means int `json:"means,omitempty"`
	// Look and Looks tell which of how many planned looks at the data this is,
	// where the run may go on while it is undecided: they share alpha.
	Look  int `json:"look,omitempty"`
	Looks int `json:"looks,omitempty"`
	// History is how many recorded runs of unchanged code there were to learn
	// from.
	History int `json:"history"`
	// Metrics gives, for each gated metric that needs statistics, the median
	// and worst Detectable of its benchmarks that have one, in report order.
	Metrics []MetricSight `json:"metrics,omitempty"`
}

// MetricSight is what the run could have seen in one metric.
type MetricSight struct {
	Metric      string  `json:"metric"`
	Comparisons int     `json:"comparisons"` // that have a Detectable
	Median      float64 `json:"median"`
	Worst       float64 `json:"worst"`
}
