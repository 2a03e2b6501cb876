package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A model holds all that text, Markdown and HTML show, in that order. Its strings
// are plain text, which each renderer escapes.
type model struct {
	Status   gate.Status
	Headline string // the verdict in a few words
	Reason   string
	Action   string // what the reader should do
	Design   []string
	Alerts   []string // failed operations and sessions, which make the figures doubtful
	Counts   string

	// Pprof says where the pprof profiles are, and OpenPprof is a command that
	// shows them. Both are empty if there are none.
	Pprof, OpenPprof string

	Changed        []row // gated, regressed first
	Undecided      []row // gated, inconclusive or not comparable
	Unconfirmed    []row // gated, regressed at first but not when measured again
	ChangedUngated []row
	// Findings are the groups of regressions. Circumstances describe the machine
	// and the runs that the tolerances come from.
	Findings, Circumstances []string
	// Explanations show where regressed metrics with a pprof profile changed.
	Explanations []explanation
	Sight        sight
	Advice       []recommendation
	Charts       []chart
	NotDrawn     int // changed comparisons without a chart

	// Growth holds all comparisons of growth over a sweep, the gated ones first.
	Growth      []row
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
	// Requests lists the requests that changed, if this is their changed total.
	Requests   []requestRow
	growth     bool // of exponents
	unit       string
	base, head []float64 // the session values
}

// A suite holds all comparisons of one suite.
type suite struct {
	Name string
	Rows []row
}

// A latencyRow holds the latencies of one arm of one benchmark, in the order of
// latencyMetrics.
type latencyRow struct {
	Benchmark string
	Arm       bench.Arm
	// Operations is the number of operations behind the high percentiles.
	Operations string
	Cells      []string
}

// latencyMetrics are the columns of the latency table.
var latencyMetrics = []latencyMetric{
	{"mean", bench.ReadyMeanSec},
	{"p50", bench.ReadyP50Sec},
	{"p95", bench.ReadyP95Sec},
	{"p99", bench.ReadyP99Sec},
	{"min", bench.ReadyMinSec},
	{"max", bench.ReadyMaxSec},
}

type latencyMetric struct{ title, metric string }

// latencyNote says what the percentiles are.
const latencyNote = "p95 and p99 are those of all operations of an arm together where a session has fewer than 20 or 100. The other figures are medians of the sessions'."

// isLatency reports whether the latency table has a column for the metric.
func isLatency(metric string) bool {
	return slices.ContainsFunc(latencyMetrics, func(l latencyMetric) bool { return l.metric == metric })
}

func newModel(in Input) *model {
	v, r := in.Verdict, in.Record
	pprof := in.Pprof
	if v.Base.Baseline || v.Head.Baseline {
		pprof = nil // it does not cover both arms of the comparison
	}
	m := &model{
		Status:      v.Status,
		Headline:    Headline(v),
		Reason:      reason(v),
		Action:      action(in),
		Design:      design(v, r),
		Alerts:      alerts(r),
		Counts:      counts(v.Counts),
		Sight:       newSight(v, in.Record.Header.Plan.Turns == bench.NoTurns),
		Growth:      growthRows(v),
		Suites:      suites(v, r),
		Latency:     latency(v),
		Environment: environment(r),
		Builds:      builds(v),
		Warnings:    v.Warnings,
		Commands:    commands(v, r),
		Created:     r.Header.Created.UTC().Format("2006-01-02 15:04 UTC"),
		Confidence:  percent(v.Policy.Confidence) + " CI",
		PNote:       fmt.Sprintf("p is one-sided, towards worse. For gated comparisons it includes Holm's correction over %s.", plural(v.Sight.Family, "comparison")),
	}
	m.Findings, m.Circumstances, m.Unconfirmed = findings(v), circumstances(v, r.Header.Plan), unconfirmed(v)
	m.Explanations = explanations(v, pprof)
	m.Advice = recommendations(in.Advice)
	m.Pprof, m.OpenPprof = pprofLine(pprof)
	for _, c := range changed(v) {
		m.Changed = append(m.Changed, newRow(v, c))
	}
	totals, counted := changedTotals(v), map[string]bool{}
	for _, c := range v.Comparisons {
		_, part := bench.PartOf(c.Metric)
		part = part && (!isRequest(c) || totals[c.Benchmark])
		switch {
		case c.Gated && !c.Unconfirmed && (c.Outcome == gate.Inconclusive || c.Outcome == gate.NotComparable):
			m.Undecided = append(m.Undecided, newRow(v, c))
		case !c.Gated && isChanged(c) && !part:
			m.ChangedUngated = append(m.ChangedUngated, newRow(v, c))
		}
		if c.Gated && isChanged(c) && !counted[c.Benchmark] {
			counted[c.Benchmark] = true
			m.Requests = append(m.Requests, changedRequests(v.Comparisons, c.Benchmark)...)
		}
	}
	m.Charts, m.NotDrawn = charts(v, r)
	return m
}

// changed returns the gated comparisons that changed, regressed ones first. It
// leaves out the requests: metrics of a benchmark whose total changed too: a
// report lists them below the total.
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

// changedTotals returns the benchmarks whose gated request total changed.
func changedTotals(v *gate.Verdict) map[string]bool {
	totals := map[string]bool{}
	for _, c := range v.Comparisons {
		if c.Metric == bench.RequestsPerOp && c.Gated && isChanged(c) {
			totals[c.Benchmark] = true
		}
	}
	return totals
}

// isChanged reports whether the comparison regressed or improved.
func isChanged(c gate.Comparison) bool {
	return c.Outcome == gate.Regressed || c.Outcome == gate.Improved
}

// isRequest reports whether the comparison is of a requests: metric.
func isRequest(c gate.Comparison) bool { return strings.HasPrefix(c.Metric, bench.RequestPrefix) }

func newRow(v *gate.Verdict, c gate.Comparison) row {
	r := row{
		Benchmark:  c.Benchmark,
		Metric:     c.Subject(),
		Change:     change(c),
		P:          probability(c),
		Tolerance:  tolerance(c),
		Detectable: missing,
		Outcome:    outcome(c.Outcome),
		Note:       c.Note,
		Gated:      c.Gated,
		growth:     c.Scale == gate.Difference,
		unit:       unit(c),
		base:       c.BaseValues,
		head:       c.HeadValues,
	}
	r.Base, r.Head = sides(c)
	if c.Detectable != nil {
		r.Detectable = shift(c.Scale, *c.Detectable)
	}
	if c.Metric == bench.RequestsPerOp && isChanged(c) {
		r.Requests = changedRequests(v.Comparisons, c.Benchmark)
	}
	return r
}

// BaseValues are the session values of base, in order.
func (r row) BaseValues() []string { return r.quantities(r.base) }

// HeadValues are the session values of head, in order.
func (r row) HeadValues() []string { return r.quantities(r.head) }

func (r row) quantities(values []float64) []string {
	list := make([]string, len(values))
	for i := range values {
		list[i] = amount(r.unit, values[i])
	}
	return list
}

// outcome returns the outcome in words.
func outcome(o gate.Outcome) string {
	if o == gate.NotComparable {
		return "not comparable"
	}
	return string(o)
}

// suites groups all comparisons of benchmarks by suite, in the verdict's order.
func suites(v *gate.Verdict, r *bench.Record) []suite {
	of := map[string]string{} // suites by benchmark
	for _, b := range r.Header.Plan.Benchmarks {
		of[b.Name] = b.Suite
	}
	var list []suite
	for _, c := range v.Comparisons {
		if c.Scale == gate.Difference {
			continue
		}
		name, _, _ := strings.Cut(c.Benchmark, "/")
		name = cmp.Or(of[c.Benchmark], name)
		i := slices.IndexFunc(list, func(s suite) bool { return s.Name == name })
		if i < 0 {
			list = append(list, suite{Name: name})
			i = len(list) - 1
		}
		list[i].Rows = append(list[i].Rows, newRow(v, c))
	}
	return list
}

// latency returns a row for base and a row for head of each benchmark that
// measured latencies.
func latency(v *gate.Verdict) []latencyRow {
	byMetric := map[[2]string]gate.Comparison{}
	var names []string
	for _, c := range v.Comparisons {
		if !isLatency(c.Metric) || c.Scale == gate.Difference {
			continue
		}
		byMetric[[2]string{c.Benchmark, c.Metric}] = c
		if !slices.Contains(names, c.Benchmark) {
			names = append(names, c.Benchmark)
		}
	}
	var rows []latencyRow
	for _, name := range names {
		base, head := latencyRow{name, bench.Base, missing, nil}, latencyRow{name, bench.Head, missing, nil}
		if of := byMetric[[2]string{name, bench.ReadyP99Sec}].Operations; of != nil {
			base.Operations, head.Operations = strconv.Itoa(of.Base), strconv.Itoa(of.Head)
		}
		for _, l := range latencyMetrics {
			c := byMetric[[2]string{name, l.metric}]
			b, h := quantities(l.metric, c.Base, c.Head)
			base.Cells, head.Cells = append(base.Cells, b), append(head.Cells, h)
		}
		rows = append(rows, base, head)
	}
	return rows
}

// plural returns a number with its noun: 1 session, 2 sessions.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
