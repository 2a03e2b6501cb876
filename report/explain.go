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

// Explain writes all that there is to say on the comparisons of the benchmarks
// whose names contain the given text: what was measured, by which test it was
// compared, what it was allowed to change by and who says so, and what would
// have been seen. It is an error when no benchmark has such a name.
func Explain(w io.Writer, v *gate.Verdict, benchmark string) error {
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
		gated := "informs only"
		if c.Gated {
			gated = "gated"
		}
		fmt.Fprintf(table, "%s %s: %s, %s\n", plain(c.Benchmark), plain(c.Metric), c.Outcome, gated)
		for _, line := range account(c, v) {
			fmt.Fprintf(table, "  %s\t%s\n", line.key, line.text)
		}
	}
	if !found {
		return fmt.Errorf("no benchmark of the run has %q in its name", benchmark)
	}
	for _, m := range v.Modes {
		if strings.Contains(m.Benchmark, benchmark) {
			fmt.Fprintf(table, "\n%s\n", mode(m))
		}
	}
	err := table.Flush()
	if _, writeErr := io.WriteString(w, text.String()); writeErr != nil {
		err = errors.Join(err, fmt.Errorf("writing the explanation: %w", writeErr))
	}
	return err
}

type line struct{ key, text string }

func account(c gate.Comparison, v *gate.Verdict) []line {
	lines := []line{
		{"base", sampleOf(c, c.Base, c.BaseValues)},
		{"head", sampleOf(c, c.Head, c.HeadValues)},
	}
	add := func(key, format string, args ...any) { lines = append(lines, line{key, fmt.Sprintf(format, args...)}) }
	if c.Outcome != gate.NotComparable {
		add("change", "%s%s", change(c), method(c, v))
	}
	add("tolerance", "%s", toleranceFrom(c, v))
	if c.Floor > 0 {
		add("floor", "%s", quantity(c.Metric, &c.Floor))
	}
	if c.P != nil {
		p := pText(*c.P)
		if c.AdjustedP != nil {
			family := plural(v.Sight.Family, "gated comparison")
			if c.Benchmark == gate.Geomean {
				family = plural(v.Sight.Means, "gated mean")
			}
			p += fmt.Sprintf(", and %s after Holm's correction over %s", pText(*c.AdjustedP), family)
		}
		add("p-value", "%s; alpha is %v", p, v.Policy.Alpha)
	}
	switch {
	case c.Detectable != nil:
		add("detectable", "%s would have been called regressed", ratio(*c.Detectable))
	case c.Class == bench.Exact && c.Outcome != gate.NotComparable:
		add("detectable", "any difference above the tolerance that every session shows")
	case c.Outcome != gate.NotComparable:
		add("detectable", "no change, however large")
	}
	if c.Corrected {
		add("corrected", "each session's value is divided by what the control workload took beside it")
	}
	if c.Lent > 0 {
		add("history", "the sessions of %d recorded runs, which base agrees with, are compared along with base's", c.Lent)
	}
	if c.Note != "" {
		add("note", "%s", plain(c.Note))
	}
	return lines
}

// sampleOf lists an arm's values behind their median.
func sampleOf(c gate.Comparison, middle *float64, values []float64) string {
	const most = 30 // values that a line holds
	s := quantity(c.Metric, middle)
	if len(values) == 0 {
		return s
	}
	var list []string
	for i := range values {
		if i == most {
			list = append(list, fmt.Sprintf("and %d more", len(values)-most))
			break
		}
		list = append(list, quantity(c.Metric, &values[i]))
	}
	return fmt.Sprintf("%s, the median of %s: %s", s, plural(len(values), "session"), strings.Join(list, ", "))
}

func method(c gate.Comparison, v *gate.Verdict) string {
	switch c.Method {
	case gate.SignedRank:
		return fmt.Sprintf(" with its interval at %s, by the signed-rank test of the rounds", share(v.Policy.Confidence))
	case gate.MannWhitney:
		return fmt.Sprintf(" with its interval at %s, by the Mann-Whitney test of %d base and %d head values", share(v.Policy.Confidence), len(c.BaseValues), len(c.HeadValues))
	default:
		return ", a count, which needs no statistics"
	}
}

// toleranceFrom says what is tolerated and why.
func toleranceFrom(c gate.Comparison, v *gate.Verdict) string {
	s := tolerance(c)
	switch {
	case c.Class == bench.Exact:
		return s + ", by the policy"
	case c.Learned == nil && v.Sight.History == 0:
		return s + ", by the policy alone: there is no history to learn from"
	case c.Learned == nil:
		return fmt.Sprintf("%s, by the policy alone: of %s, too few have comparable values to learn from", s, plural(v.Sight.History, "recorded run"))
	case *c.Learned < c.Tolerance:
		return fmt.Sprintf("%s, by the policy: recorded runs of unchanged code differ by %s", s, share(*c.Learned))
	default:
		return fmt.Sprintf("%s, by the history: so much do 95 of 100 pairs of %s of unchanged code differ at most", s, plural(v.Sight.History, "recorded run"))
	}
}

// mode tells the two findings on a latency that is either fast or slow.
func mode(m gate.Mode) string {
	s := fmt.Sprintf("%s is either fast or slow, parted at %s: %s of base's operations are slow and %s of head's (p %s)",
		plain(m.Benchmark), quantity("ready-p50-sec", &m.Split), share(m.Slow[0]), share(m.Slow[1]), pText(m.SlowP))
	if m.Fast != nil {
		s += fmt.Sprintf("; the fast ones differ by %s %s", ratio(*m.Fast), interval(*m.Fast, *m.FastCI))
	}
	return s
}
