package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/kro/perf-gate/gate"
)

// columns is the width that text keeps to.
const columns = 100

// writeText writes the terminal summary.
func writeText(w io.Writer, in Input) error {
	m := newModel(in)
	var b strings.Builder
	b.WriteString(wrap(strings.ToUpper(string(m.Status))+": "+strings.TrimSpace(m.Reason+" "+m.Action), "", ""))
	b.WriteString(wrap(strings.Join(m.Design, " · "), "", "  "))
	if m.Profiles != "" {
		b.WriteString(wrap(m.Profiles, "", "  ") + "  " + m.OpenProfiles + "\n") // in one piece, to be copied
	}
	for _, alert := range m.Alerts {
		b.WriteString(wrap("! "+alert, "", "  "))
	}
	textList(&b, "What regressed", m.Findings)
	textRows(&b, "Changed", m.Changed)
	textRows(&b, "Regressed, but not again when it was measured again", m.Unconfirmed)
	textExplanations(&b, m.Explanations)
	if m.Status == gate.Undecided {
		textRows(&b, "Not decided", m.Undecided)
	}
	textSight(&b, m.Sight)
	for _, c := range m.Circumstances {
		b.WriteString(wrap(c, "  ", "    "))
	}
	textAdvice(&b, m.Advice)
	textList(&b, "Warnings", m.Warnings)
	b.WriteString("\n" + wrap(m.Counts+".", "", "  "))
	if n := len(m.Informative); n > 0 {
		b.WriteString(wrap(fmt.Sprintf("%s not gated changed too: see the report.", plural(n, "comparison")), "", "  "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// textList writes sentences.
func textList(b *strings.Builder, title string, list []string) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n" + title + "\n")
	for _, item := range list {
		b.WriteString(wrap("- "+item, "  ", "    "))
	}
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

// textTable aligns the columns of a table, figures to the right, and returns its
// lines.
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

// maxFunction is how much of a function's name fits beside its figures.
const maxFunction = 40

// textExplanations writes the changes by KRO's own functions; the report has
// the functions themselves.
func textExplanations(b *strings.Builder, list []explanation) {
	if len(list) > 0 {
		b.WriteString("\nWhat explains it\n")
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
