package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// growthNote says what the exponents are.
const growthNote = "An exponent of 1 is a cost in proportion to the size, 2 one that grows with its square, and 0 one that does not depend on it."

// growthRows returns the comparisons of growth, the gated ones first.
func growthRows(v *gate.Verdict) (rows []row) {
	for _, gated := range []bool{true, false} {
		for _, c := range v.Comparisons {
			if c.Scale == gate.Difference && c.Gated == gated {
				rows = append(rows, newRow(v, c))
			}
		}
	}
	return rows
}

// growthOf returns the rows of growth that ended with the outcome.
func growthOf(rows []row, o gate.Outcome) []row {
	return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !r.growth || !r.Gated || r.Outcome != outcome(o) })
}

// costNames are the names of what grows, at the start of a sentence.
var costNames = map[string]string{
	bench.RequestsPerOp:      "API requests",
	bench.ReconcilesPerOp:    "Reconciles",
	bench.GraphBuildsPerOp:   "Graph builds",
	bench.CELEvalsPerOp:      "CEL evaluations",
	bench.AllocsPerOp:        "Allocations",
	bench.BytesPerOp:         "Allocated bytes",
	bench.SentBytesPerOp:     "Bytes sent",
	bench.ReceivedBytesPerOp: "Bytes received",
}

// growthFindings returns a sentence for each sweep and metric of a finding.
func growthFindings(v *gate.Verdict, f gate.Finding) (list []string) {
	for _, c := range v.Regressions() {
		if c.Scale != gate.Difference || !slices.Contains(f.Metrics, c.Metric) {
			continue
		}
		s := sweepOf(v, c)
		name, verb := costNames[c.Metric], "grow"
		if name == "" {
			name, verb = c.Metric, "grows"
		}
		how := "faster with " + s.Parameter
		if law := growthLaw(*c.Head); law != "" && law != growthLaw(*c.Base) {
			how = law + s.Parameter
		}
		base, head := sides(c)
		list = append(list, fmt.Sprintf("%s of %s now %s %s (exponent %s → %s)",
			name, strings.Replace(s.Name, "/"+s.Parameter+"=*", "", 1), verb, how, base, head))
	}
	return list
}

// growthLaw returns the words for an exponent that is nearly a whole number, with a place
// for the parameter at their end; empty if there are none.
func growthLaw(exponent float64) string {
	const nearly = 0.15
	for n, words := range []string{1: "in proportion to ", 2: "with the square of ", 3: "with the cube of "} {
		if math.Abs(exponent-float64(n)) <= nearly {
			return words
		}
	}
	return ""
}

// sweepOf returns the sweep of a comparison of growth.
func sweepOf(v *gate.Verdict, c gate.Comparison) bench.Sweep {
	for _, s := range v.Sweeps {
		if s.Name == c.Benchmark {
			return s
		}
	}
	return bench.Sweep{Name: c.Benchmark}
}

// A cost is what one size of a sweep costs, in the medians of the arms.
type cost struct{ size, base, head float64 }

// costsOf returns the costs behind a comparison of growth, the smallest size first. It
// leaves out sizes that an arm has not measured.
func costsOf(v *gate.Verdict, c gate.Comparison) (list []cost) {
	for _, p := range sweepOf(v, c).Points {
		for _, at := range v.Comparisons {
			if at.Benchmark == p.Benchmark && at.Metric == c.Metric && at.Base != nil && at.Head != nil {
				list = append(list, cost{p.Size, *at.Base, *at.Head})
			}
		}
	}
	return list
}

// costs formats the costs behind a comparison of growth.
func costs(v *gate.Verdict, c gate.Comparison) string {
	m, _ := bench.Lookup(c.Metric)
	var list []string
	for _, at := range costsOf(v, c) {
		base, head := amounts(m.Unit, at.base, at.head)
		list = append(list, fmt.Sprintf("%s → %s at %s", base, head, digits(at.size, significant, "1")))
	}
	return strings.Join(list, ", ")
}
