package report

import (
	"fmt"
	"html"
	"io"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// statusMarks precede the verdict; they differ in shape, not in colour alone.
var statusMarks = map[gate.Status]string{
	gate.Pass:      "✅",
	gate.Fail:      "❌",
	gate.Undecided: "⚠️",
	gate.Error:     "⛔",
}

// writeMarkdown writes what a pull request shows.
func writeMarkdown(w io.Writer, in Input) error {
	m := newModel(in)
	var d markdown
	d.line("## %s perf-gate: %s", statusMarks[m.Status], Prose(m.Headline))
	d.line("")
	d.line("%s **%s**", Prose(m.Reason), Prose(m.Action))
	d.line("")
	d.line("<sub>%s</sub>", proseList(m.Design, " · "))
	if m.Profiles != "" {
		d.line("")
		d.line("<sub>%s %s</sub>", Prose(m.Profiles), code(m.OpenProfiles))
	}
	if len(m.Alerts) > 0 {
		d.line("")
		d.line("> [!WARNING]")
		for _, alert := range m.Alerts {
			d.line("> - %s", Prose(alert))
		}
	}
	if len(m.Changed) > 0 {
		d.section("What changed")
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
		d.section("What regressed, but not again when it was measured again")
		d.comparisons(m.Unconfirmed, m.Confidence)
	}
	if len(m.Undecided) > 0 && m.Status == gate.Undecided {
		d.section("What could not be decided")
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

// A markdown document being written.
type markdown struct{ strings.Builder }

func (d *markdown) line(format string, args ...any) { fmt.Fprintf(&d.Builder, format+"\n", args...) }

func (d *markdown) section(title string) { d.line("\n### %s\n", title) }

// fold opens a folded section, which the returned function closes.
func (d *markdown) fold(summary string) func() {
	d.line("\n<details><summary>%s</summary>\n", html.EscapeString(summary))
	return func() { d.line("\n</details>") }
}

// A column is a table's head and whether its cells are figures.
type column struct {
	head   string
	figure bool
}

// unbroken keeps a figure and its unit on one line; an interval may go on the
// next.
var unbroken = strings.NewReplacer(" [", " [", " (", " (", " ", "\u00a0")

// table writes a table; its cells are escaped already.
func (d *markdown) table(head []column, rows [][]string) {
	var names, rules []string
	for _, c := range head {
		rule := "---"
		if c.figure {
			rule = "--:"
		}
		names, rules = append(names, c.head), append(rules, rule)
	}
	d.line("| %s |\n| %s |", strings.Join(names, " | "), strings.Join(rules, " | "))
	for _, row := range rows {
		for i := range row {
			if head[i].figure {
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

// outcomeCell is the outcome, regressions that count in bold, and its note.
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

// attributions names the requests behind each changed request total.
func (d *markdown) attributions(rows []row) {
	first := true
	for _, r := range rows {
		if len(r.Requests) == 0 {
			continue
		}
		if first {
			d.line("\nThe requests that moved, per operation:\n")
			first = false
		}
		d.line("- %s, %s %s → %s: %s", code(r.Benchmark), r.Metric, r.Base, r.Head, requestList(r.Requests, code))
	}
}

func (d *markdown) explanations(list []explanation) {
	if len(list) > 0 {
		d.section("What explains it")
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
	d.section("What this run could have seen")
	if s.None() {
		d.line("Nothing: no gated comparison has figures on both sides.")
		return
	}
	if len(s.Exact) > 0 {
		d.line("Any difference beyond the tolerance in %s, which are counted and not estimated.", proseList(s.Exact, ", "))
	}
	if len(s.Blind) > 0 {
		d.line("\n**No change, however large,** in %s: too few sessions, or no values that a ratio describes.", proseList(s.Blind, ", "))
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

// maxShown is how many charts are not folded: two rows on a desktop.
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
		d.line("\n%s not drawn; `report.html` lists their session values.",
			plural(m.NotDrawn, "more changed comparison")+" "+verb(m.NotDrawn, "is", "are"))
	}
}

// pictures shows charts in the reader's theme, side by side where there is room.
func (d *markdown) pictures(list []chart, url func(string) string) {
	for _, c := range list {
		d.line("<picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"%s\"><img alt=\"%s\" src=\"%s\"></picture>",
			html.EscapeString(url(c.Path(dark))), html.EscapeString(shorten(c.Title, maxName)), html.EscapeString(url(c.Path(light))))
	}
}

// folded writes what most readers do not need.
func (d *markdown) folded(m *model) {
	if rest := m.Undecided; len(rest) > 0 && m.Status != gate.Undecided {
		done := d.fold(plural(len(rest), "gated comparison") + " not decided")
		d.undecided(rest, m.Confidence)
		done()
	}
	if len(m.Informative) > 0 {
		done := d.fold(plural(len(m.Informative), "comparison") + " changed that are not gated")
		d.comparisons(m.Informative, m.Confidence)
		done()
	}
	for _, s := range m.Suites {
		if rest := ordinary(s.Rows); len(rest) > 0 {
			done := d.fold(fmt.Sprintf("Suite %s: %s that did not change or are not gated", plain(s.Name), plural(len(rest), "comparison")))
			d.comparisons(rest, m.Confidence)
			done()
		}
	}
	if len(m.Latency) > 0 {
		done := d.fold("Latency from an operation's start until its outcome was seen")
		head := []column{{"benchmark", false}, {"build", false}}
		for _, l := range latencyMetrics {
			head = append(head, column{l.head, true})
		}
		var cells [][]string
		for _, r := range m.Latency {
			cells = append(cells, append([]string{codeCell(r.Benchmark), string(r.Arm)}, r.Cells...))
		}
		d.table(head, cells)
		done()
	}
	if len(m.Requests) > 0 {
		done := d.fold("Requests by verb and resource that moved, in changed benchmarks")
		var cells [][]string
		for _, r := range m.Requests {
			cells = append(cells, []string{codeCell(r.Benchmark), codeCell(r.Request), r.Base, r.Head, r.Change})
		}
		d.table([]column{{"benchmark", false}, {"request", false}, {"base", true}, {"head", true}, {"change", true}}, cells)
		done()
	}
	d.context(m)
}

// ordinary are the comparisons that no other table of the document shows:
// not changed, not gated and undecided, not of a single verb and resource, not
// a latency.
func ordinary(rows []row) []row {
	var rest []row
	for _, r := range rows {
		changed := r.Outcome == string(gate.Regressed) || r.Outcome == string(gate.Improved)
		elsewhere := strings.HasPrefix(r.Metric, bench.RequestPrefix) || !r.Gated && strings.HasPrefix(r.Metric, "ready-")
		undecided := r.Gated && r.Outcome != string(gate.Unchanged)
		if !changed && !elsewhere && !undecided {
			rest = append(rest, r)
		}
	}
	return rest
}

// context writes what a reader needs to judge and to repeat the run.
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
		done := d.fold("Builds, and how they differ beyond their code")
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
