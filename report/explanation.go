package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/explain"
)

// An explanation shows which functions a regressed metric's change comes from.
type explanation struct {
	Total string // the cost of a session, in sentences
	Own   functionTable
	Flat  functionTable
}

// A functionTable is one view of a comparison of pprof profiles.
type functionTable struct {
	Title string
	Rows  []functionRow
	Note  string // how to read the table, and which functions it leaves out
}

type functionRow struct{ Function, Base, Head, Change, Share string }

// explained lists the metrics that each type of pprof profile explains.
var explained = []struct {
	pprof   explain.Type
	title   string
	unit    string // of the profile's values
	metrics []string
}{
	{explain.CPU, "CPU time", "s", []string{bench.CPUSecPerOp, bench.CPUPercent}},
	{explain.AllocObjects, "Heap objects allocated", "1", []string{bench.AllocsPerOp}},
	{explain.AllocSpace, "Heap bytes allocated", "B", []string{bench.BytesPerOp}},
}

// explanations explains the metrics that regressed, gated or not.
func explanations(v *gate.Verdict, p *Pprof) []explanation {
	if p == nil {
		return nil
	}
	var list []explanation
	for _, of := range explained {
		regressed := slices.ContainsFunc(v.Comparisons, func(c gate.Comparison) bool {
			return c.Outcome == gate.Regressed && slices.Contains(of.metrics, c.Metric)
		})
		i := slices.IndexFunc(p.Diffs, func(d explain.Diff) bool { return d.Type == of.pprof })
		if !regressed || i < 0 {
			continue
		}
		d := p.Diffs[i]
		total := newFunctionRow(of.unit, d.Total)
		list = append(list, explanation{
			Total: fmt.Sprintf("%s per session, over all benchmarks: %s → %s, a change of %s. %s",
				of.title, total.Base, total.Head, total.Change, basis(d)),
			Own:  newFunctionTable("By KRO's own functions, including the libraries and the runtime code they call", of.unit, d, d.Own),
			Flat: newFunctionTable("By all functions, each without its callees", of.unit, d, d.Flat),
		})
	}
	return list
}

// basis returns a sentence on the samples and sessions behind the figures.
func basis(d explain.Diff) string {
	sessions := fmt.Sprintf("%d base and %s", d.BaseSessions, plural(d.HeadSessions, "head session"))
	switch {
	case d.Type == explain.CPU && d.Period > 0:
		return fmt.Sprintf("From %s at %s Hz in %s.", plural(int(d.Samples), "sample"), digits(1e9/float64(d.Period), significant, "1"), sessions)
	case d.Type == explain.CPU:
		return fmt.Sprintf("From %s in %s.", plural(int(d.Samples), "sample"), sessions)
	case d.Period > 0:
		return fmt.Sprintf("Estimated from one sample per %s allocated, in %s.", amount("B", float64(d.Period)), sessions)
	}
	return fmt.Sprintf("From %s.", sessions)
}

func newFunctionTable(title, unit string, d explain.Diff, view explain.View) functionTable {
	t := functionTable{Title: title}
	for _, r := range view.Rows {
		t.Rows = append(t.Rows, newFunctionRow(unit, r))
	}
	var notes []string
	if len(t.Rows) == 0 {
		notes = append(notes, "No function stands out.")
	}
	if d.BaseSessions > 1 && d.HeadSessions > 1 && len(t.Rows) > 0 {
		notes = append(notes, "± is the standard error of the change, from the spread between sessions and the number of samples.")
	}
	if d.Judged() {
		notes = append(notes, fmt.Sprintf("Left out as noise: %s with a change within %d standard errors.", plural(view.Within, "function"), explain.Errors))
	} else {
		notes = append(notes, fmt.Sprintf("No function is left out as noise. That takes at least %d sessions of each arm.", explain.MinSessions))
	}
	if view.Smaller > 0 {
		notes = append(notes, fmt.Sprintf("%s changed less than these.", plural(view.Smaller, "more function")))
	}
	t.Note = strings.Join(notes, " ")
	return t
}

func newFunctionRow(unit string, r explain.Row) functionRow {
	row := functionRow{Function: orMissing(plain(r.Function)), Change: difference(unit, r.Change), Share: missing}
	row.Base, row.Head = amounts(unit, r.Base, r.Head)
	if r.Error != nil {
		row.Change += " ± " + amount(unit, *r.Error)
	}
	if r.Share != nil && finite(*r.Share) {
		row.Share = digits(100*(*r.Share), 2, "") + " %"
	}
	return row
}

// difference formats a change with its sign and unit.
func difference(unit string, d float64) string {
	s := amount(unit, d)
	if d > 0 {
		s = "+" + s
	}
	return s
}

// pprofLine returns where the pprof profiles are, and a command that compares two.
func pprofLine(p *Pprof) (note, command string) {
	if p == nil {
		return "", ""
	}
	return fmt.Sprintf("The pprof profiles of every session (%s) are next to the record. To compare two of them, run there:", strings.Join(p.Kinds, ", ")),
		"go tool pprof -diff_base " + quote(p.Base) + " " + quote(p.Head)
}
