package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// columns is the width that text keeps to.
const columns = 100

// writeText writes the terminal summary.
func writeText(w io.Writer, v *gate.Verdict, r *bench.Record) error {
	m := newModel(v, r)
	var b strings.Builder
	b.WriteString(wrap(strings.ToUpper(string(m.Status))+": "+strings.TrimSpace(m.Reason+" "+m.Action), "", ""))
	b.WriteString(wrap(strings.Join(m.Design, " · "), "", "  "))
	for _, alert := range m.Alerts {
		b.WriteString(wrap("! "+alert, "", "  "))
	}
	textRows(&b, "Changed", m.Changed)
	if m.Status == gate.Undecided {
		textRows(&b, "Not decided", m.Undecided)
	}
	textSight(&b, m.Sight)
	if len(m.Warnings) > 0 {
		b.WriteString("\nWarnings\n")
		for _, warning := range m.Warnings {
			b.WriteString(wrap("- "+warning, "  ", "    "))
		}
	}
	b.WriteString("\n" + wrap(m.Counts+".", "", "  "))
	if n := len(m.Informative); n > 0 {
		b.WriteString(wrap(fmt.Sprintf("%s not gated changed too: see the report.", plural(n, "comparison")), "", "  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// maxTextRows bounds what scrolls by; the report has the rest.
const maxTextRows = 24

// textRows writes comparisons as a table, grouped by benchmark.
func textRows(b *strings.Builder, title string, rows []row) {
	if len(rows) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	rest := max(0, len(rows)-maxTextRows)
	rows = rows[:len(rows)-rest]
	table := [][]string{{"metric", "base", "head", "change [CI]", "p", "tolerance", "outcome"}}
	for _, r := range rows {
		table = append(table, []string{shorten(r.Metric, 30), r.Base, r.Head, r.Change, r.P, r.Tolerance, r.Outcome})
	}
	widths := make([]int, len(table[0]))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	line := func(cells []string) {
		var l strings.Builder
		l.WriteString("   ")
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if numeric := i > 0 && i < len(cells)-1 && i != 3; numeric {
				cell = pad + cell
			} else {
				cell += pad
			}
			l.WriteString(" " + cell + " ")
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(table[0])
	for i, r := range rows {
		if i == 0 || rows[i-1].Benchmark != r.Benchmark {
			b.WriteString("  " + shorten(r.Benchmark, columns-2) + "\n")
		}
		line(table[i+1])
		if len(r.Requests) > 0 {
			b.WriteString(wrap(requestList(r.Requests, func(s string) string { return s }), "      ", "      "))
		}
		if r.Note != "" {
			b.WriteString(wrap(r.Note, "      ", "      "))
		}
	}
	if rest > 0 {
		fmt.Fprintf(b, "    … and %d more in the report\n", rest)
	}
}

// maxRequests bounds the requests named below one change.
const maxRequests = 8

// requestList says which requests moved: get configmaps 2 → 3, …
func requestList(requests []requestRow, name func(string) string) string {
	var parts []string
	for i, r := range requests {
		if i == maxRequests {
			parts = append(parts, fmt.Sprintf("and %d more", len(requests)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %s → %s", name(r.Request), r.Base, r.Head))
	}
	return strings.Join(parts, ", ")
}

// textSight writes what the run could have seen.
func textSight(b *strings.Builder, s sight) {
	b.WriteString("\nWhat this run could have seen\n")
	if s.None() {
		b.WriteString("  nothing: no gated comparison has figures on both sides\n")
		return
	}
	if len(s.Exact) > 0 {
		b.WriteString(wrap("any difference beyond the tolerance: "+strings.Join(s.Exact, ", "), "  ", "    "))
	}
	if len(s.Blind) > 0 {
		b.WriteString(wrap("no change, however large: "+strings.Join(s.Blind, ", "), "  ", "    "))
	}
	for _, r := range s.Rows {
		b.WriteString(wrap(fmt.Sprintf("%s: %s in a median benchmark, %s in the worst of %s", r.Metric, r.Median, r.Worst, r.Comparisons), "  ", "    "))
	}
	if s.Error != "" {
		b.WriteString(wrap(s.Error, "  ", "  "))
	}
}

// wrap breaks s into lines of at most columns characters; a word longer than a
// line is cut. The first line starts with first, the others with rest.
func wrap(s, first, rest string) string {
	var b strings.Builder
	indent, line := first, ""
	flush := func() {
		b.WriteString(indent + line + "\n")
		indent, line = rest, ""
	}
	for _, word := range strings.Fields(plain(s)) {
		word = shorten(word, columns-max(len(first), len(rest)))
		if line != "" && utf8.RuneCountInString(indent+line+" "+word) > columns {
			flush()
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		flush()
	}
	return b.String()
}
