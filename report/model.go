package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A model is what text, Markdown and HTML show, in the order they show it.
// All of its strings are plain text; each renderer escapes them.
type model struct {
	Status   gate.Status
	Headline string // the verdict in a few words
	Reason   string
	Action   string // what to do about it
	Design   []string
	Alerts   []string // what makes the figures doubtful: failed operations and sessions
	Counts   string

	// Profiles says where the profiles lie, and OpenProfiles is the command that
	// shows them; empty when there are none.
	Profiles, OpenProfiles string

	Changed     []row // gated, regressed first
	Undecided   []row // gated, inconclusive or not comparable
	Unconfirmed []row // gated, regressed once and not again
	Informative []row // changed, not gated
	// Findings are the regressions by what they have in common, and
	// Circumstances what was known of the machine and of other runs.
	Findings, Circumstances []string
	// Explanations are of what regressed and was profiled.
	Explanations []explanation
	Sight        sight
	Advice       []recommendation
	Charts       []chart
	NotDrawn     int // changed comparisons without a chart

	Suites      []suite
	Latency     []latencyRow
	Requests    []requestRow
	Environment []pair
	Builds      []buildRow
	Warnings    []string
	Commands    []string
	Created     string
	Confidence  string
	PNote       string
}

// A row is one comparison in words.
type row struct {
	Benchmark, Metric, Base, Head, Change, P, Tolerance, Detectable, Outcome, Note string
	Gated                                                                          bool
	// Requests says which requests moved, below a changed request total.
	Requests []requestRow
	// BaseValues and HeadValues are the session values, in order.
	BaseValues, HeadValues []string
}

// A suite is all comparisons of one suite.
type suite struct {
	Name string
	Rows []row
}

// A latencyRow is one arm of one benchmark: mean, p50, p95, p99, min, max.
type latencyRow struct {
	Benchmark string
	Arm       bench.Arm
	Cells     []string
}

// latencyMetrics are the columns of the latency table.
var latencyMetrics = []struct{ head, metric string }{
	{"mean", "ready-mean-sec"},
	{"p50", "ready-p50-sec"},
	{"p95", "ready-p95-sec"},
	{"p99", "ready-p99-sec"},
	{"min", "ready-min-sec"},
	{"max", "ready-max-sec"},
}

func newModel(in Input) *model {
	v, r := in.Verdict, in.Record
	profiles := in.Profiles
	if v.Base.Baseline || v.Head.Baseline {
		profiles = nil // they are not of what was compared
	}
	m := &model{
		Status:      v.Status,
		Headline:    Headline(v),
		Reason:      reason(v),
		Action:      action(in),
		Design:      design(v, r),
		Alerts:      alerts(r),
		Counts:      counts(v.Counts),
		Sight:       newSight(v),
		Suites:      suites(v, r),
		Latency:     latency(v),
		Environment: environment(r),
		Builds:      builds(v),
		Warnings:    v.Warnings,
		Commands:    commands(v, r),
		Created:     r.Header.Created.UTC().Format("2006-01-02 15:04 UTC"),
		Confidence:  share(v.Policy.Confidence) + " CI",
		PNote:       fmt.Sprintf("p is one-sided, towards worse; gated ones after Holm's correction over %s.", plural(v.Sight.Family, "comparison")),
	}
	m.Findings, m.Circumstances, m.Unconfirmed = findings(v), circumstances(v), unconfirmed(v)
	m.Explanations = explanations(v, profiles)
	m.Advice = recommendations(in.Advice)
	m.Profiles, m.OpenProfiles = profileLine(profiles)
	for _, c := range changed(v) {
		m.Changed = append(m.Changed, newRow(v, c))
	}
	totals, counted := changedTotals(v), map[string]bool{}
	for _, c := range v.Comparisons {
		part := isRequest(c) && totals[c.Benchmark]
		switch {
		case c.Gated && !c.Unconfirmed && (c.Outcome == gate.Inconclusive || c.Outcome == gate.NotComparable):
			m.Undecided = append(m.Undecided, newRow(v, c))
		case !c.Gated && moved(c) && !part:
			m.Informative = append(m.Informative, newRow(v, c))
		}
		if c.Gated && moved(c) && !counted[c.Benchmark] {
			counted[c.Benchmark] = true
			m.Requests = append(m.Requests, movedRequests(v.Comparisons, c.Benchmark)...)
		}
	}
	m.Charts, m.NotDrawn = charts(v, r)
	return m
}

// changed returns the gated comparisons that changed, regressed ones first.
// Counts of single verbs and resources stand below the total when that changed
// too: the same requests are one finding.
func changed(v *gate.Verdict) []gate.Comparison {
	totals := changedTotals(v)
	var list []gate.Comparison
	for _, outcome := range []gate.Outcome{gate.Regressed, gate.Improved} {
		for _, c := range v.Comparisons {
			part := isRequest(c) && totals[c.Benchmark]
			if c.Gated && c.Outcome == outcome && !part {
				list = append(list, c)
			}
		}
	}
	return list
}

// changedTotals are the benchmarks whose gated request total changed.
func changedTotals(v *gate.Verdict) map[string]bool {
	totals := map[string]bool{}
	for _, c := range v.Comparisons {
		if c.Metric == totalRequests && c.Gated && moved(c) {
			totals[c.Benchmark] = true
		}
	}
	return totals
}

func moved(c gate.Comparison) bool {
	return c.Outcome == gate.Regressed || c.Outcome == gate.Improved
}

// isRequest says whether the comparison counts one verb and resource.
func isRequest(c gate.Comparison) bool { return strings.HasPrefix(c.Metric, bench.RequestPrefix) }

func newRow(v *gate.Verdict, c gate.Comparison) row {
	r := row{
		Benchmark:  c.Benchmark,
		Metric:     c.Metric,
		Change:     change(c),
		P:          probability(c),
		Tolerance:  tolerance(c),
		Detectable: missing,
		Outcome:    outcome(c.Outcome),
		Note:       c.Note,
		Gated:      c.Gated,
	}
	r.Base, r.Head = quantities(c.Metric, c.Base, c.Head)
	if c.Detectable != nil {
		r.Detectable = ratio(*c.Detectable)
	}
	if c.Metric == totalRequests && moved(c) {
		r.Requests = movedRequests(v.Comparisons, c.Benchmark)
	}
	for _, value := range c.BaseValues {
		r.BaseValues = append(r.BaseValues, quantity(c.Metric, &value))
	}
	for _, value := range c.HeadValues {
		r.HeadValues = append(r.HeadValues, quantity(c.Metric, &value))
	}
	return r
}

// outcome is the outcome in words.
func outcome(o gate.Outcome) string {
	if o == gate.NotComparable {
		return "not comparable"
	}
	return string(o)
}

// suites groups all comparisons by suite, in the verdict's order.
func suites(v *gate.Verdict, r *bench.Record) []suite {
	var list []suite
	for _, c := range v.Comparisons {
		name, _, _ := strings.Cut(c.Benchmark, "/")
		if b, ok := r.Header.Plan.Benchmark(c.Benchmark); ok && b.Suite != "" {
			name = b.Suite
		}
		i := slices.IndexFunc(list, func(s suite) bool { return s.Name == name })
		if i < 0 {
			list = append(list, suite{Name: name})
			i = len(list) - 1
		}
		list[i].Rows = append(list[i].Rows, newRow(v, c))
	}
	return list
}

// latency returns two rows, base and head, per benchmark that measured any.
func latency(v *gate.Verdict) []latencyRow {
	byMetric := map[[2]string]gate.Comparison{}
	var names []string
	for _, c := range v.Comparisons {
		if !slices.ContainsFunc(latencyMetrics, func(l struct{ head, metric string }) bool { return l.metric == c.Metric }) {
			continue
		}
		byMetric[[2]string{c.Benchmark, c.Metric}] = c
		if !slices.Contains(names, c.Benchmark) {
			names = append(names, c.Benchmark)
		}
	}
	var rows []latencyRow
	for _, name := range names {
		base, head := latencyRow{name, bench.Base, nil}, latencyRow{name, bench.Head, nil}
		for _, l := range latencyMetrics {
			c := byMetric[[2]string{name, l.metric}]
			b, h := quantities(l.metric, c.Base, c.Head)
			base.Cells, head.Cells = append(base.Cells, b), append(head.Cells, h)
		}
		rows = append(rows, base, head)
	}
	return rows
}

// plural counts things: 1 session, 2 sessions.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
