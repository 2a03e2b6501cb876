package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/explain"
)

// An explanation is where the change of a regressed metric comes from.
type explanation struct {
	Total string // what a session costs in all, a sentence
	Own   functionTable
	Flat  functionTable
}

// A functionTable is one view of a comparison of profiles.
type functionTable struct {
	Title string
	Rows  []functionRow
	Note  string // what the table leaves out, and by which rule
}

type functionRow struct{ Function, Base, Head, Change, Share string }

// profiled tells which profile explains which metrics.
var profiled = []struct {
	profile explain.Type
	counts  string
	metrics []string // the first has the profile's unit
}{
	{explain.CPU, "CPU time", []string{"cpu-sec/op", "cpu-percent"}},
	{explain.AllocObjects, "Heap objects allocated", []string{"allocs/op"}},
	{explain.AllocSpace, "Heap bytes allocated", []string{"B/op"}},
}

// explanations explains the metrics that regressed, gated or not.
func explanations(v *gate.Verdict, p *Profiles) []explanation {
	if p == nil {
		return nil
	}
	var list []explanation
	for _, of := range profiled {
		regressed := slices.ContainsFunc(v.Comparisons, func(c gate.Comparison) bool {
			return c.Outcome == gate.Regressed && slices.Contains(of.metrics, c.Metric)
		})
		i := slices.IndexFunc(p.Diffs, func(d explain.Diff) bool { return d.Type == of.profile })
		if !regressed || i < 0 {
			continue
		}
		d := p.Diffs[i]
		metric := of.metrics[0]
		total := newFunctionRow(metric, d.Total)
		list = append(list, explanation{
			Total: fmt.Sprintf("%s in a session, all benchmarks together: %s → %s, a change of %s. %s",
				of.counts, total.Base, total.Head, total.Change, basis(d)),
			Own:  newFunctionTable("By KRO's own functions, each with what libraries and the runtime cost on its behalf", metric, d, d.Own),
			Flat: newFunctionTable("By the functions themselves", metric, d, d.Flat),
		})
	}
	return list
}

// basis says what the figures rest on.
func basis(d explain.Diff) string {
	sessions := fmt.Sprintf("%d base and %s", d.BaseSessions, plural(d.HeadSessions, "head session"))
	period := float64(d.Period)
	switch {
	case d.Type == explain.CPU && d.Period > 0:
		return fmt.Sprintf("From %s at %s Hz in %s.", plural(int(d.Samples), "sample"), digits(1e9/period, significant, "1"), sessions)
	case d.Type == explain.CPU:
		return fmt.Sprintf("From %s in %s.", plural(int(d.Samples), "sample"), sessions)
	case d.Period > 0:
		return fmt.Sprintf("Estimated from one sample per %s allocated, in %s.", quantity("B/op", &period), sessions)
	}
	return fmt.Sprintf("From %s.", sessions)
}

func newFunctionTable(title, metric string, d explain.Diff, view explain.View) functionTable {
	t := functionTable{Title: title}
	for _, r := range view.Rows {
		t.Rows = append(t.Rows, newFunctionRow(metric, r))
	}
	var notes []string
	if len(t.Rows) == 0 {
		notes = append(notes, "No function stands out.")
	}
	if d.BaseSessions > 1 && d.HeadSessions > 1 && len(t.Rows) > 0 {
		notes = append(notes, "± is the standard error of the change, from the spread between sessions and the number of samples.")
	}
	if d.Judged() {
		notes = append(notes, fmt.Sprintf("Left out as noise: %s whose change is within %d standard errors.", plural(view.Within, "function"), explain.Errors))
	} else {
		notes = append(notes, fmt.Sprintf("Nothing is left out as noise: with fewer than %d sessions of each build, it cannot be told from change.", explain.MinSessions))
	}
	if view.Smaller > 0 {
		notes = append(notes, fmt.Sprintf("%s changed less than these.", plural(view.Smaller, "more function")))
	}
	t.Note = strings.Join(notes, " ")
	return t
}

func newFunctionRow(metric string, r explain.Row) functionRow {
	row := functionRow{Function: orMissing(plain(r.Function)), Change: difference(metric, r.Change), Share: missing}
	row.Base, row.Head = quantities(metric, &r.Base, &r.Head)
	if r.Error != nil {
		row.Change += " ± " + quantity(metric, r.Error)
	}
	if r.Share != nil && finite(*r.Share) {
		row.Share = digits(100*(*r.Share), 2, "") + " %"
	}
	return row
}

// difference writes a change in the unit of the metric, with its sign.
func difference(metric string, d float64) string {
	s := quantity(metric, &d)
	if d > 0 {
		s = "+" + s
	}
	return s
}

// profileLine says where the profiles lie and how they are opened.
func profileLine(p *Profiles) (note, command string) {
	if p == nil {
		return "", ""
	}
	return fmt.Sprintf("Profiles of every session (%s) lie beside the record; to compare two of them there:", strings.Join(p.Kinds, ", ")),
		"go tool pprof -diff_base " + quote(p.Base) + " " + quote(p.Head)
}
