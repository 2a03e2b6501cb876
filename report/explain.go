package report

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// WriteExplanation writes the details of every comparison of the benchmarks
// whose names contain the given text: the values, the test, the tolerance and
// its source, and the detectable change. It fails if no name contains the text.
func WriteExplanation(w io.Writer, v *gate.Verdict, benchmark string) error {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	found := false
	for _, c := range v.Comparisons {
		if !strings.Contains(c.Benchmark, benchmark) {
			continue
		}
		if found {
			fmt.Fprintln(table)
		}
		found = true
		gated := "not gated"
		if c.Gated {
			gated = "gated"
		}
		fmt.Fprintf(table, "%s %s: %s, %s\n", plain(c.Benchmark), plain(c.Subject()), c.Outcome, gated)
		for _, line := range details(c, v) {
			fmt.Fprintf(table, "  %s\t%s\n", line.key, line.text)
		}
	}
	if !found {
		return fmt.Errorf("no benchmark of the run has %q in its name", benchmark)
	}
	for _, m := range v.Modes {
		if strings.Contains(m.Benchmark, benchmark) {
			fmt.Fprintf(table, "\n%s\n", describeMode(m))
		}
	}
	err := table.Flush()
	if _, writeErr := io.WriteString(w, text.String()); writeErr != nil {
		err = errors.Join(err, fmt.Errorf("writing the explanation: %w", writeErr))
	}
	return err
}

// A line is one detail of a comparison.
type line struct{ key, text string }

// details returns the details of a comparison.
func details(c gate.Comparison, v *gate.Verdict) []line {
	lines := []line{
		{"base", sampleOf(c, c.Base, c.BaseValues)},
		{"head", sampleOf(c, c.Head, c.HeadValues)},
	}
	add := func(key, format string, args ...any) { lines = append(lines, line{key, fmt.Sprintf(format, args...)}) }
	if c.Outcome != gate.NotComparable {
		add("change", "%s%s", change(c), method(c, v))
	}
	if c.Scale == gate.Difference {
		add("costs", "%s", costs(v, c))
	}
	add("tolerance", "%s", toleranceFrom(c, v))
	if c.Floor > 0 {
		add("floor", "%s", quantity(c.Metric, &c.Floor))
	}
	if c.P != nil {
		p := pText(*c.P)
		if c.AdjustedP != nil {
			family := plural(v.Sight.Family, "gated comparison")
			if gate.IsMean(c.Benchmark) {
				family = plural(v.Sight.Means, "gated mean")
			}
			p += fmt.Sprintf(", or %s after Holm's correction over %s", pText(*c.AdjustedP), family)
		}
		add("p-value", "%s; alpha is %v", p, v.Policy.Alpha)
	}
	switch {
	case c.Detectable != nil:
		add("detectable", "a change of %s would have regressed", shift(c.Scale, *c.Detectable))
	case countsFailures(c) && c.Outcome != gate.NotComparable:
		add("detectable", "any failure, if base has none")
	case c.Class == bench.Exact && c.Outcome != gate.NotComparable:
		add("detectable", "any difference beyond the tolerance that every session shows")
	case c.Outcome != gate.NotComparable:
		add("detectable", "no change, however large")
	}
	if c.Corrected {
		add("corrected", "each session's value is divided by the time of the control workload in that session")
	}
	add("settled by", "%s", settledBy(c))
	if c.Note != "" {
		add("note", "%s", plain(c.Note))
	}
	return lines
}

// settledBy lists the steps of the decision that settled a comparison, each with the
// outcome that it gave.
func settledBy(c gate.Comparison) string {
	steps := make([]string, len(c.Course))
	for i, s := range c.Course {
		steps[i] = fmt.Sprintf("%s (%s)", s.Step, s.Outcome)
	}
	return strings.Join(steps, ", then ")
}

// sampleOf returns what stands for an arm, and its values.
func sampleOf(c gate.Comparison, middle *float64, values []float64) string {
	const most = 30 // values that a line holds
	s := missing
	if middle != nil {
		s = amount(unit(c), *middle)
	}
	if len(values) == 0 {
		return s
	}
	var list []string
	for i := range values {
		if i == most {
			list = append(list, fmt.Sprintf("and %d more", len(values)-most))
			break
		}
		list = append(list, amount(unit(c), values[i]))
	}
	of := "the median of"
	switch {
	case c.EqualReconciles:
		of = "at equal numbers of reconciles;"
	case countsFailures(c), c.Operations != nil && c.Operations.Pooled:
		of = "of all operations together;"
	}
	return fmt.Sprintf("%s, %s %s: %s", s, of, plural(len(values), "session"), strings.Join(list, ", "))
}

// method returns the interval's confidence and the test of a comparison, as the
// end of a sentence.
func method(c gate.Comparison, v *gate.Verdict) string {
	switch c.Method {
	case gate.SignedRank:
		return fmt.Sprintf(", with its %s confidence interval, by the signed-rank test of the rounds", percent(v.Policy.Confidence))
	case gate.Prediction:
		return fmt.Sprintf(", with its %s confidence interval, by what %s of unchanged code predict", percent(v.Policy.Confidence), plural(c.Runs, "recorded run"))
	case gate.MannWhitney:
		return fmt.Sprintf(", with its %s confidence interval, by the Mann-Whitney test of %d base and %d head values", percent(v.Policy.Confidence), len(c.BaseValues), len(c.HeadValues))
	}
	if countsFailures(c) {
		return ", by Fisher's exact test of the failures in all sessions"
	}
	return ", a count, which needs no statistics"
}

// countsFailures reports whether a comparison is of failed operations or sessions.
func countsFailures(c gate.Comparison) bool {
	m, _ := bench.Lookup(c.Metric)
	return m.Group == bench.Errors
}

// toleranceFrom returns the tolerance and where it comes from.
func toleranceFrom(c gate.Comparison, v *gate.Verdict) string {
	s := tolerance(c)
	switch {
	case c.Class == bench.Exact, c.Scale == gate.Difference:
		return s + ", from the policy"
	case c.Method == gate.Prediction:
		return s + ", from the policy"
	case c.Learned == nil && v.Sight.History == 0:
		return s + ", from the policy; there is no history to learn from"
	case c.Learned == nil:
		return fmt.Sprintf("%s, from the policy; of %s, too few have comparable values to learn from", s, plural(v.Sight.History, "recorded run"))
	case *c.Learned < c.Tolerance:
		return fmt.Sprintf("%s, from the policy; recorded runs of unchanged code differ by %s", s, percent(*c.Learned))
	default:
		return fmt.Sprintf("%s, from the history; %s of unchanged code differ by no more than this in 95 of 100 pairs", s, plural(v.Sight.History, "recorded run"))
	}
}

// describeMode returns sentences on a latency that has two modes.
func describeMode(m gate.Mode) string {
	s := fmt.Sprintf("%s has two modes, fast and slow; %s separates them. %s of base's and %s of head's operations are slow (p %s).",
		plain(m.Benchmark), amount("s", m.Split), percent(m.Slow[0]), percent(m.Slow[1]), pText(m.SlowP))
	if m.Fast != nil {
		s += fmt.Sprintf(" The fast ones differ by %s %s.", ratio(*m.Fast), interval(*m.Fast, *m.FastCI))
	}
	return s
}
