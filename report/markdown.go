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
	d.line("## %s perf-gate: %s", statusMarks[m.Status], Prose(m.Headline))
	d.line("")
	d.line("%s **%s**", Prose(m.Reason), Prose(m.Action))
	d.line("")
	d.line("<sub>%s</sub>", proseList(m.Design, " · "))
	if m.Pprof != "" {
		d.line("")
		d.line("<sub>%s %s</sub>", Prose(m.Pprof), code(m.OpenPprof))
	}
	if len(m.Alerts) > 0 {
		d.line("")
		d.line("> [!WARNING]")
		for _, alert := range m.Alerts {
			d.line("> - %s", Prose(alert))
		}
	}
	if len(m.Changed) > 0 {
		d.section("Changes")
		for _, f := range m.Findings {
			d.line("- %s", Prose(f))
		}
		if len(m.Findings) > 0 {
			d.line("")
		}
		d.comparisons(m.Changed, m.Confidence)
		d.line("")
		d.line("<sub>%s</sub>", Prose(m.PNote))
		d.attributions(m.Changed)
	}
	d.explanations(m.Explanations)
	if len(m.Unconfirmed) > 0 {
		d.section("Regressed at first, but not when measured again")
		d.comparisons(m.Unconfirmed, m.Confidence)
	}
	if len(m.Undecided) > 0 && m.Status == gate.Undecided {
		d.section("Undecided")
		d.undecided(m.Undecided, m.Confidence)
	}
	d.charts(m, in)
	d.sight(m.Sight)
	if len(m.Circumstances) > 0 {
		d.line("")
	}
	for _, c := range m.Circumstances {
		d.line("- %s", Prose(c))
	}
	d.advice(m.Advice)
	d.folded(m)
	_, err := io.WriteString(w, d.String())
	return err
}

// A markdown is a document that is being written.
type markdown struct{ strings.Builder }

func (d *markdown) line(format string, args ...any) { fmt.Fprintf(&d.Builder, format+"\n", args...) }

func (d *markdown) section(title string) { d.line("\n### %s\n", title) }

// fold opens a folded section and returns a function that closes it.
func (d *markdown) fold(summary string) func() {
	d.line("\n<details><summary>%s</summary>\n", html.EscapeString(summary))
	return func() { d.line("\n</details>") }
}

// A column has a title, and cells that are figures or not.
type column struct {
	title  string
	figure bool
}

// unbroken keeps a figure and its unit on one line. An interval may move to the
// next line.
var unbroken = strings.NewReplacer(" [", " [", " (", " (", " ", "\u00a0")

// table writes a table. Its cells must already be escaped.
func (d *markdown) table(columns []column, rows [][]string) {
	var titles, rules []string
	for _, c := range columns {
		rule := "---"
		if c.figure {
			rule = "--:"
		}
		titles, rules = append(titles, c.title), append(rules, rule)
	}
	d.line("| %s |\n| %s |", strings.Join(titles, " | "), strings.Join(rules, " | "))
	for _, row := range rows {
		for i := range row {
			if columns[i].figure {
				row[i] = unbroken.Replace(row[i])
			}
		}
		d.line("| %s |", strings.Join(row, " | "))
	}
}

func (d *markdown) comparisons(rows []row, confidence string) {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Metric), r.Base, r.Head, r.Change, r.P, r.Tolerance, outcomeCell(r)})
	}
	d.table([]column{{"benchmark", false}, {"metric", false}, {"base", true}, {"head", true},
		{"change [" + confidence + "]", true}, {"p", true}, {"tolerance", true}, {"outcome", false}}, cells)
}

func (d *markdown) undecided(rows []row, confidence string) {
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Metric), r.Base, r.Head, r.Change, r.Tolerance, r.Detectable, outcomeCell(r)})
	}
	d.table([]column{{"benchmark", false}, {"metric", false}, {"base", true}, {"head", true},
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

// attributions writes the requests behind each changed total of requests.
func (d *markdown) attributions(rows []row) {
	first := true
	for _, r := range rows {
		if len(r.Requests) == 0 {
			continue
		}
		if first {
			d.line("\nRequests that changed, per operation:\n")
			first = false
		}
		d.line("- %s, %s %s → %s: %s", code(r.Benchmark), r.Metric, r.Base, r.Head, requestList(r.Requests, code))
	}
}

func (d *markdown) explanations(list []explanation) {
	if len(list) > 0 {
		d.section("Where the cost comes from")
	}
	for i, e := range list {
		if i > 0 {
			d.line("")
		}
		d.line("%s", Prose(e.Total))
		d.line("\n**%s:**\n", Prose(e.Own.Title))
		d.functions(e.Own)
		done := d.fold(e.Flat.Title)
		d.functions(e.Flat)
		done()
	}
}

func (d *markdown) functions(t functionTable) {
	if len(t.Rows) > 0 {
		var cells [][]string
		for _, r := range t.Rows {
			cells = append(cells, []string{codeCell(r.Function), r.Base, r.Head, r.Change, r.Share})
		}
		d.table([]column{{"function", false}, {"base", true}, {"head", true}, {"change", true}, {"share of the change", true}}, cells)
		d.line("")
	}
	d.line("<sub>%s</sub>", Prose(t.Note))
}

func (d *markdown) sight(s sight) {
	d.section("Changes this run could have seen")
	if s.None() {
		d.line("None: no gated comparison has figures for both base and head.")
		return
	}
	if len(s.Exact) > 0 {
		d.line("Any difference beyond the tolerance in %s. These are counts and need no estimate.", proseList(s.Exact, ", "))
	}
	if len(s.Blind) > 0 {
		d.line("\n**No change, however large,** in %s. They have too few sessions, or values without a ratio.", proseList(s.Blind, ", "))
	}
	if len(s.Rows) > 0 {
		d.line("")
		var cells [][]string
		for _, r := range s.Rows {
			cells = append(cells, []string{codeCell(r.Metric), r.Comparisons, r.Median, r.Worst})
		}
		d.table([]column{{"metric", false}, {"comparisons", true}, {"detectable (median)", true}, {"detectable (worst)", true}}, cells)
	}
	if s.Error != "" {
		d.line("\n%s", Prose(s.Error))
	}
	if s.Warning != "" {
		d.line("\n**%s**", Prose(s.Warning))
	}
}

// maxShown is how many charts are shown unfolded: two rows on a desktop.
const maxShown = 4

func (d *markdown) charts(m *model, in Input) {
	if in.Charts == Diagrams {
		d.diagrams(in.Verdict)
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
		d.section("Charts")
		d.pictures(shown, in.ChartURL)
	}
	for _, folded := range []struct {
		title  string
		charts []chart
	}{
		{plural(len(changes)-len(shown), "more changed comparison"), changes[len(shown):]},
		{"Every gated comparison that uses statistics, in one chart", of[overviewChart]},
		{"CPU time and memory over the sessions", of[usageChart]},
	} {
		if len(folded.charts) > 0 {
			done := d.fold(folded.title)
			d.pictures(folded.charts, in.ChartURL)
			done()
		}
	}
	if m.NotDrawn > 0 {
		d.line("\n%s no chart. `report.html` lists the session values.",
			plural(m.NotDrawn, "more changed comparison")+" "+verb(m.NotDrawn, "has", "have"))
	}
}

// pictures links charts in the reader's theme, side by side if there is room.
func (d *markdown) pictures(list []chart, url func(string) string) {
	for _, c := range list {
		d.line("<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\"><img alt=\"%s\" src=\"%s\"></picture>",
			html.EscapeString(url(c.Path(dark))), html.EscapeString(shorten(c.Title, maxName)), html.EscapeString(url(c.Path(light))))
	}
}

// folded writes the details that most readers do not need.
func (d *markdown) folded(m *model) {
	if rest := m.Undecided; len(rest) > 0 && m.Status != gate.Undecided {
		done := d.fold(plural(len(rest), "undecided gated comparison"))
		d.undecided(rest, m.Confidence)
		done()
	}
	if len(m.ChangedUngated) > 0 {
		done := d.fold(plural(len(m.ChangedUngated), "changed comparison") + " that " + verb(len(m.ChangedUngated), "is", "are") + " not gated")
		d.comparisons(m.ChangedUngated, m.Confidence)
		done()
	}
	for _, s := range m.Suites {
		if rest := ordinary(s.Rows); len(rest) > 0 {
			done := d.fold(fmt.Sprintf("Suite %s: %s, unchanged or not gated", plain(s.Name), plural(len(rest), "other comparison")))
			d.comparisons(rest, m.Confidence)
			done()
		}
	}
	if len(m.Latency) > 0 {
		done := d.fold("Latency from the start of an operation until its outcome was seen")
		columns := []column{{"benchmark", false}, {"arm", false}}
		for _, l := range latencyMetrics {
			columns = append(columns, column{l.title, true})
		}
		var cells [][]string
		for _, r := range m.Latency {
			cells = append(cells, append([]string{codeCell(r.Benchmark), string(r.Arm)}, r.Cells...))
		}
		d.table(columns, cells)
		done()
	}
	if len(m.Requests) > 0 {
		done := d.fold("Changed requests by verb and resource, in changed benchmarks")
		var cells [][]string
		for _, r := range m.Requests {
			cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Request), r.Base, r.Head, r.Change})
		}
		d.table([]column{{"benchmark", false}, {"request", false}, {"base", true}, {"head", true}, {"change", true}}, cells)
		done()
	}
	d.context(m)
}

// ordinary returns the comparisons that no other table of the document shows. It
// leaves out those that changed, gated ones that are undecided, requests: metrics
// and ungated latencies.
func ordinary(rows []row) []row {
	var rest []row
	for _, r := range rows {
		changed := r.Outcome == string(gate.Regressed) || r.Outcome == string(gate.Improved)
		elsewhere := strings.HasPrefix(r.Metric, bench.RequestPrefix) || !r.Gated && isLatency(r.Metric)
		undecided := r.Gated && r.Outcome != string(gate.Unchanged)
		if !changed && !elsewhere && !undecided {
			rest = append(rest, r)
		}
	}
	return rest
}

// context writes the details that a reader needs to judge and repeat the run.
func (d *markdown) context(m *model) {
	if len(m.Environment) > 0 {
		done := d.fold("Environment")
		var cells [][]string
		for _, p := range m.Environment {
			cells = append(cells, []string{p.Key, codeCell(p.Value)})
		}
		d.table([]column{{"", false}, {"", false}}, cells)
		done()
	}
	if len(m.Builds) > 0 {
		done := d.fold("Builds, and differences other than the code")
		var cells [][]string
		for _, b := range m.Builds {
			mark := ""
			if b.Differs {
				mark = "differs"
			}
			cells = append(cells, []string{Prose(b.Key), codeCell(b.Base), codeCell(b.Head), mark})
		}
		d.table([]column{{"", false}, {"base", false}, {"head", false}, {"", false}}, cells)
		done()
	}
	if len(m.Warnings) > 0 {
		done := d.fold(plural(len(m.Warnings), "warning"))
		for _, warning := range m.Warnings {
			d.line("- %s", Prose(warning))
		}
		done()
	}
	if len(m.Commands) > 0 {
		done := d.fold("Measure it again")
		commands := strings.Join(m.Commands, "\n")
		fence := strings.Repeat("`", max(3, longestRun(commands, '`')+1))
		d.line("%ssh\n%s\n%s", fence, commands, fence)
		done()
	}
	d.line("\n<sub>%s.</sub>", Prose(m.Counts))
}

func proseList(items []string, separator string) string {
	var escaped []string
	for _, item := range items {
		escaped = append(escaped, Prose(shorten(item, maxName)))
	}
	return strings.Join(escaped, separator)
}
