package report

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// statusMarks are shown before the verdict. They differ in shape, not only in
// colour.
var statusMarks = map[gate.Status]string{
	gate.Pass:      "✅",
	gate.Fail:      "❌",
	gate.Undecided: "⚠️",
	gate.Error:     "⛔",
}

// writeMarkdown writes the report for a pull request.
func writeMarkdown(w io.Writer, in Input) error {
	m := newModel(in)
	var d markdown
	d.writeLine("## %s perf-gate: %s", statusMarks[m.Status], Prose(m.Headline))
	d.writeLine("")
	d.writeLine("%s **%s**", Prose(m.Reason), Prose(m.Action))
	d.writeLine("")
	d.writeLine("<sub>%s</sub>", proseList(m.Design, " · "))
	if m.Pprof != "" {
		d.writeLine("")
		d.writeLine("<sub>%s %s</sub>", Prose(m.Pprof), code(m.OpenPprof))
	}
	if len(m.Alerts) > 0 {
		d.writeLine("")
		d.writeLine("> [!WARNING]")
		for _, alert := range m.Alerts {
			d.writeLine("> - %s", Prose(alert))
		}
	}
	if len(m.Changed) > 0 {
		d.writeSection("Changes")
		for _, f := range m.Findings {
			d.writeLine("- %s", Prose(f))
		}
		if len(m.Findings) > 0 {
			d.writeLine("")
		}
		d.writeComparisons(m.Changed, m.Confidence)
		d.writeLine("")
		d.writeLine("<sub>%s</sub>", Prose(m.PNote))
		d.writeRequests(m.Changed)
	}
	d.writeExplanations(m.Explanations)
	if len(m.Unconfirmed) > 0 {
		d.writeSection("Regressed at first, but not when measured again")
		d.writeComparisons(m.Unconfirmed, m.Confidence)
	}
	if len(m.Undecided) > 0 && m.Status == gate.Undecided {
		d.writeSection("Undecided")
		d.writeUndecided(m.Undecided, m.Confidence)
	}
	d.writeCharts(m, in)
	d.writeSight(m.Sight)
	if len(m.Circumstances) > 0 {
		d.writeLine("")
	}
	for _, c := range m.Circumstances {
		d.writeLine("- %s", Prose(c))
	}
	d.writeAdvice(m.Advice)
	d.writeFolded(m)
	_, err := io.WriteString(w, d.String())
	return err
}

// A markdown is a document that is being written.
type markdown struct{ strings.Builder }

func (d *markdown) writeLine(format string, args ...any) {
	fmt.Fprintf(&d.Builder, format+"\n", args...)
}

func (d *markdown) writeSection(title string) { d.writeLine("\n### %s\n", title) }

// openFold opens a folded section and returns a function that closes it.
func (d *markdown) openFold(summary string) func() {
	d.writeLine("\n<details><summary>%s</summary>\n", html.EscapeString(summary))
	return func() { d.writeLine("\n</details>") }
}

// A column has a title, and cells that are figures or not.
type column struct {
	title  string
	figure bool
}

// unbroken keeps a figure and its unit on one line. An interval may move to the
// next line.
var unbroken = strings.NewReplacer(" [", " [", " (", " (", " ", "\u00a0")

// writeTable writes a table. Its cells must already be escaped.
func (d *markdown) writeTable(columns []column, rows [][]string) {
	var titles, rules []string
	for _, c := range columns {
		rule := "---"
		if c.figure {
			rule = "--:"
		}
		titles, rules = append(titles, c.title), append(rules, rule)
	}
	d.writeLine("| %s |\n| %s |", strings.Join(titles, " | "), strings.Join(rules, " | "))
	for _, row := range rows {
		for i := range row {
			if columns[i].figure {
				row[i] = unbroken.Replace(row[i])
			}
		}
		d.writeLine("| %s |", strings.Join(row, " | "))
	}
}

// writeComparisons writes a table of comparisons.
func (d *markdown) writeComparisons(rows []row, confidence string) {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Metric), r.Base, r.Head, r.Change, r.P, r.Tolerance, outcomeCell(r)})
	}
	d.writeTable([]column{{"benchmark", false}, {"metric", false}, {"base", true}, {"head", true},
		{"change [" + confidence + "]", true}, {"p", true}, {"tolerance", true}, {"outcome", false}}, cells)
}

// writeUndecided writes a table of undecided comparisons. It has the detectable
// change in place of p.
func (d *markdown) writeUndecided(rows []row, confidence string) {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Metric), r.Base, r.Head, r.Change, r.Tolerance, r.Detectable, outcomeCell(r)})
	}
	d.writeTable([]column{{"benchmark", false}, {"metric", false}, {"base", true}, {"head", true},
		{"change [" + confidence + "]", true}, {"tolerance", true}, {"detectable", true}, {"outcome", false}}, cells)
}

// outcomeCell returns the outcome and its note. Gated regressions are bold.
func outcomeCell(r row) string {
	s := r.Outcome
	if r.Gated && r.Outcome == string(gate.Regressed) {
		s = "**" + s + "**"
	}
	if r.Note != "" {
		s += ": " + Prose(shorten(r.Note, maxName))
	}
	return s
}

// writeRequests writes the requests behind each changed total of requests.
func (d *markdown) writeRequests(rows []row) {
	first := true
	for _, r := range rows {
		if len(r.Requests) == 0 {
			continue
		}
		if first {
			d.writeLine("\nRequests that changed, per operation:\n")
			first = false
		}
		d.writeLine("- %s, %s %s → %s: %s", code(r.Benchmark), r.Metric, r.Base, r.Head, requestList(r.Requests, code))
	}
}

// writeExplanations writes the functions that regressed metrics changed in.
func (d *markdown) writeExplanations(list []explanation) {
	if len(list) > 0 {
		d.writeSection("Where the cost comes from")
	}
	for i, e := range list {
		if i > 0 {
			d.writeLine("")
		}
		d.writeLine("%s", Prose(e.Total))
		d.writeLine("\n**%s:**\n", Prose(e.Own.Title))
		d.writeFunctions(e.Own)
		done := d.openFold(e.Flat.Title)
		d.writeFunctions(e.Flat)
		done()
	}
}

// writeFunctions writes a table of functions and its note.
func (d *markdown) writeFunctions(t functionTable) {
	if len(t.Rows) > 0 {
		var cells [][]string
		for _, r := range t.Rows {
			cells = append(cells, []string{codeCell(r.Function), r.Base, r.Head, r.Change, r.Share})
		}
		d.writeTable([]column{{"function", false}, {"base", true}, {"head", true}, {"change", true}, {"share of the change", true}}, cells)
		d.writeLine("")
	}
	d.writeLine("<sub>%s</sub>", Prose(t.Note))
}

// writeSight writes which changes the run could have seen.
func (d *markdown) writeSight(s sight) {
	d.writeSection("Changes this run could have seen")
	if s.None() {
		d.writeLine("None: no gated comparison has figures for both base and head.")
		return
	}
	if len(s.Exact) > 0 {
		d.writeLine("Any difference beyond the tolerance in %s. These are counts and need no estimate.", proseList(s.Exact, ", "))
	}
	if len(s.Uncovered) > 0 {
		d.writeLine("\nNot all of these are gated in benchmarks where KRO does not reproduce them: %s.", proseList(s.Uncovered, ", "))
	}
	if len(s.Blind) > 0 {
		d.writeLine("\n**No change, however large,** in %s. They have too few sessions, or values without a ratio.", proseList(s.Blind, ", "))
	}
	if len(s.Rows) > 0 {
		d.writeLine("")
		var cells [][]string
		for _, r := range s.Rows {
			cells = append(cells, []string{codeCell(r.Metric), r.Comparisons, r.Median, r.Worst})
		}
		d.writeTable([]column{{"metric", false}, {"comparisons", true}, {"detectable (median)", true}, {"detectable (worst)", true}}, cells)
	}
	if s.Error != "" {
		d.writeLine("\n%s", Prose(s.Error))
	}
	if s.Warning != "" {
		d.writeLine("\n**%s**", Prose(s.Warning))
	}
}

// maxShown is how many charts are shown unfolded: two rows on a desktop.
const maxShown = 4

// writeCharts writes the charts in the style of the input.
func (d *markdown) writeCharts(m *model, in Input) {
	if in.Charts == Diagrams {
		d.writeDiagrams(in.Verdict)
		return
	}
	if in.ChartURL == nil {
		in.ChartURL = func(path string) string { return path }
	}
	of := map[chartKind][]chart{}
	for _, c := range m.Charts {
		of[c.Kind] = append(of[c.Kind], c)
	}
	changes := of[changeChart]
	shown := changes[:min(len(changes), maxShown)]
	if len(shown) > 0 {
		d.writeSection("Charts")
		d.writePictures(shown, in.ChartURL)
	}
	for _, folded := range []struct {
		title  string
		charts []chart
	}{
		{plural(len(changes)-len(shown), "more changed comparison"), changes[len(shown):]},
		{"Cost against size, on logarithmic scales", of[growthChart]},
		{"Every gated comparison that uses statistics, in one chart", of[overviewChart]},
		{"CPU time and memory over the sessions", of[usageChart]},
	} {
		if len(folded.charts) > 0 {
			done := d.openFold(folded.title)
			d.writePictures(folded.charts, in.ChartURL)
			done()
		}
	}
	if m.NotDrawn > 0 {
		d.writeLine("\n%s no chart. `report.html` lists the session values.",
			plural(m.NotDrawn, "more changed comparison")+" "+verb(m.NotDrawn, "has", "have"))
	}
}

// writePictures links charts in the reader's theme, side by side if there is room.
func (d *markdown) writePictures(list []chart, url func(string) string) {
	for _, c := range list {
		d.writeLine("<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\"><img alt=\"%s\" src=\"%s\"></picture>",
			html.EscapeString(url(c.Path(dark))), html.EscapeString(shorten(c.Title, maxName)), html.EscapeString(url(c.Path(light))))
	}
}

// writeFolded writes the details that most readers do not need.
func (d *markdown) writeFolded(m *model) {
	if rest := m.Undecided; len(rest) > 0 && m.Status != gate.Undecided {
		done := d.openFold(plural(len(rest), "undecided gated comparison"))
		d.writeUndecided(rest, m.Confidence)
		done()
	}
	if len(m.ChangedUngated) > 0 {
		done := d.openFold(plural(len(m.ChangedUngated), "changed comparison") + " that " + verb(len(m.ChangedUngated), "is", "are") + " not gated")
		d.writeComparisons(m.ChangedUngated, m.Confidence)
		done()
	}
	if len(m.Growth) > 0 {
		done := d.openFold("Exponents of growth with the size of the work: " + plural(len(m.Growth), "comparison"))
		d.writeComparisons(m.Growth, m.Confidence)
		d.writeLine("\n<sub>%s</sub>", Prose(growthNote))
		done()
	}
	for _, s := range m.Suites {
		if rest := ordinary(s.Rows); len(rest) > 0 {
			done := d.openFold(fmt.Sprintf("Suite %s: %s, unchanged or not gated", plain(s.Name), plural(len(rest), "other comparison")))
			d.writeComparisons(rest, m.Confidence)
			done()
		}
	}
	if len(m.Latency) > 0 {
		done := d.openFold("Latency from the start of an operation until its outcome was seen")
		columns := []column{{"benchmark", false}, {"arm", false}, {"operations", true}}
		for _, l := range latencyMetrics {
			columns = append(columns, column{l.title, true})
		}
		var cells [][]string
		for _, r := range m.Latency {
			cells = append(cells, append([]string{codeCell(r.Benchmark), string(r.Arm), r.Operations}, r.Cells...))
		}
		d.writeTable(columns, cells)
		d.writeLine("\n%s", latencyNote)
		done()
	}
	if len(m.Requests) > 0 {
		done := d.openFold("Changed requests by verb and resource, in changed benchmarks")
		var cells [][]string
		for _, r := range m.Requests {
			cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Request), r.Base, r.Head, r.Change})
		}
		d.writeTable([]column{{"benchmark", false}, {"request", false}, {"base", true}, {"head", true}, {"change", true}}, cells)
		done()
	}
	d.writeContext(m)
}

// ordinary returns the comparisons that no other table of the document shows. It
// leaves out those that changed, gated ones that are undecided, metrics of families, and
// ungated latencies.
func ordinary(rows []row) []row {
	var rest []row
	for _, r := range rows {
		changed := r.Outcome == string(gate.Regressed) || r.Outcome == string(gate.Improved)
		_, part := bench.PartOf(r.Metric)
		elsewhere := part || !r.Gated && isLatency(r.Metric)
		undecided := r.Gated && r.Outcome != string(gate.Unchanged)
		if !changed && !elsewhere && !undecided {
			rest = append(rest, r)
		}
	}
	return rest
}

// writeContext writes the details that a reader needs to judge and repeat the run.
func (d *markdown) writeContext(m *model) {
	if len(m.Environment) > 0 {
		done := d.openFold("Environment")
		var cells [][]string
		for _, p := range m.Environment {
			cells = append(cells, []string{p.Key, codeCell(p.Value)})
		}
		d.writeTable([]column{{"", false}, {"", false}}, cells)
		done()
	}
	if len(m.Builds) > 0 {
		done := d.openFold("Builds, and differences other than the code")
		var cells [][]string
		for _, b := range m.Builds {
			mark := ""
			if b.Differs {
				mark = "differs"
			}
			cells = append(cells, []string{Prose(b.Key), codeCell(b.Base), codeCell(b.Head), mark})
		}
		d.writeTable([]column{{"", false}, {"base", false}, {"head", false}, {"", false}}, cells)
		done()
	}
	if len(m.Warnings) > 0 {
		done := d.openFold(plural(len(m.Warnings), "warning"))
		for _, warning := range m.Warnings {
			d.writeLine("- %s", Prose(warning))
		}
		done()
	}
	if len(m.Commands) > 0 {
		done := d.openFold("Measure it again")
		commands := strings.Join(m.Commands, "\n")
		fence := strings.Repeat("`", max(3, longestRun(commands, '`')+1))
		d.writeLine("%ssh\n%s\n%s", fence, commands, fence)
		done()
	}
	d.writeLine("\n<sub>%s.</sub>", Prose(m.Counts))
}

// proseList joins items, escaped for Markdown.
func proseList(items []string, separator string) string {
	var escaped []string
	for _, item := range items {
		escaped = append(escaped, Prose(shorten(item, maxName)))
	}
	return strings.Join(escaped, separator)
}
