package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/kro/perf-gate/gate"
)

// columns is the width of text.
const columns = 100

// writeText writes the summary for a terminal.
func writeText(w io.Writer, in Input) error {
	m := newModel(in)
	var b strings.Builder
	b.WriteString(wrap(strings.ToUpper(string(m.Status))+": "+strings.TrimSpace(m.Reason+" "+m.Action), "", ""))
	b.WriteString(wrap(strings.Join(m.Design, " · "), "", "  "))
	if m.Pprof != "" {
		b.WriteString(wrap(m.Pprof, "", "  ") + "  " + m.OpenPprof + "\n") // in one piece, to be copied
	}
	for _, alert := range m.Alerts {
		b.WriteString(wrap("! "+alert, "", "  "))
	}
	writeTextList(&b, "Regressions", m.Findings)
	writeTextRows(&b, "Changes", m.Changed)
	writeTextRows(&b, "Regressed at first, but not when measured again", m.Unconfirmed)
	writeTextExplanations(&b, m.Explanations)
	if m.Status == gate.Undecided {
		writeTextRows(&b, "Undecided", m.Undecided)
	} else {
		writeTextRows(&b, "Growth with the size of the work: undecided exponents", growthOf(m.Undecided, gate.Inconclusive))
	}
	if n := len(growthOf(m.Growth, gate.Unchanged)); n > 0 {
		b.WriteString("\n" + wrap(fmt.Sprintf("%s of growth with the size of the work %s unchanged. See the report.",
			plural(n, "exponent"), verb(n, "is", "are")), "", "  "))
	}
	writeTextSight(&b, m.Sight)
	for _, c := range m.Circumstances {
		b.WriteString(wrap(c, "  ", "    "))
	}
	writeTextAdvice(&b, m.Advice)
	writeTextList(&b, "Warnings", m.Warnings)
	b.WriteString("\n" + wrap(m.Counts+".", "", "  "))
	if n := len(m.ChangedUngated); n > 0 {
		b.WriteString(wrap(fmt.Sprintf("%s changed too. See the report.", plural(n, "ungated comparison")), "", "  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// writeTextList writes a list of sentences.
func writeTextList(b *strings.Builder, title string, list []string) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, item := range list {
		b.WriteString(wrap("- "+item, "  ", "    "))
	}
}

// maxTextRows limits the rows on a terminal. The report has the rest.
const maxTextRows = 24

// writeTextRows writes comparisons as a table, grouped by benchmark.
func writeTextRows(b *strings.Builder, title string, rows []row) {
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
	lines := textTable(table, []bool{false, true, true, false, true, true, false})
	b.WriteString(lines[0])
	for i, r := range rows {
		if i == 0 || rows[i-1].Benchmark != r.Benchmark {
			b.WriteString("  " + shorten(r.Benchmark, columns-2) + "\n")
		}
		b.WriteString(lines[i+1])
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

// textTable returns the lines of a table with aligned columns, figures to the
// right.
func textTable(table [][]string, figures []bool) []string {
	widths := make([]int, len(table[0]))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var lines []string
	for _, cells := range table {
		l := "   "
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if figures[i] {
				cell = pad + cell
			} else {
				cell += pad
			}
			l += " " + cell + " "
		}
		lines = append(lines, strings.TrimRight(l, " ")+"\n")
	}
	return lines
}

// maxFunction is how many characters of a function's name fit next to its figures.
const maxFunction = 40

// writeTextExplanations writes the changes by KRO's own functions. The report
// also has those by all functions.
func writeTextExplanations(b *strings.Builder, list []explanation) {
	if len(list) > 0 {
		b.WriteString("\nWhere the cost comes from\n")
	}
	for _, e := range list {
		b.WriteString(wrap(e.Total+" "+e.Own.Title+":", "  ", "  "))
		if len(e.Own.Rows) > 0 {
			table := [][]string{{"function", "base", "head", "change", "share"}}
			for _, r := range e.Own.Rows {
				table = append(table, []string{shorten(r.Function, maxFunction), r.Base, r.Head, r.Change, r.Share})
			}
			b.WriteString(strings.Join(textTable(table, []bool{false, true, true, true, true}), ""))
		}
		b.WriteString(wrap(e.Own.Note, "    ", "    "))
	}
}

// maxRequests limits the requests listed below one change.
const maxRequests = 8

// requestList lists the requests that changed: get configmaps 2 → 3, …
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

// writeTextSight writes which changes the run could have seen.
func writeTextSight(b *strings.Builder, s sight) {
	b.WriteString("\nChanges this run could have seen\n")
	if s.None() {
		b.WriteString("  none: no gated comparison has figures for both base and head\n")
		return
	}
	if len(s.Exact) > 0 {
		b.WriteString(wrap("any difference beyond the tolerance: "+strings.Join(s.Exact, ", "), "  ", "    "))
	}
	if len(s.Uncovered) > 0 {
		b.WriteString(wrap("not all of these are gated in benchmarks where KRO does not reproduce them: "+plain(strings.Join(s.Uncovered, ", ")), "  ", "    "))
	}
	if len(s.Blind) > 0 {
		b.WriteString(wrap("no change, however large: "+strings.Join(s.Blind, ", "), "  ", "    "))
	}
	for _, r := range s.Rows {
		text := fmt.Sprintf("%s: %s in the median benchmark, %s in the worst of %s", r.Metric, r.Median, r.Worst, r.Comparisons)
		switch {
		case r.Growth:
			text = fmt.Sprintf("%s: a change of the exponent of %s in the median sweep, %s in the worst of %s", r.Metric, r.Median, r.Worst, r.Comparisons)
		case r.Comparisons == meanOnly:
			text = fmt.Sprintf("%s: %s in the mean over all benchmarks, in which alone it is gated", r.Metric, r.Median)
		}
		b.WriteString(wrap(text, "  ", "    "))
	}
	if s.Error != "" {
		b.WriteString(wrap(s.Error, "  ", "  "))
	}
}

// wrap breaks s into lines of at most columns characters and shortens words that
// are longer than a line. The first line starts with first, the others with rest.
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
