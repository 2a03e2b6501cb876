package main

import (
	"cmp"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

var evaluatePlants = flag.String("evaluate-plants", "", "`directory` of series of runs of patched KROs: rewrite the table on them in docs/evaluation.md")

// plants are patches of testdata/kro, and the metric that has to show each.
var plants = []struct{ patch, metric string }{
	{"graph-leak", bench.HeapLiveBytes},
	{"goroutine-leak", bench.Goroutines},
	{"extra-list", bench.RequestsPerOp},
	{"collection-copies", bench.AllocsPerOp},
	{"no-schema-cache", bench.SchemaRequestsPerOp},
	{"linear-routing", bench.AllocsPerOp},
	{"compile-twice", bench.GraphBuildsPerOp},
}

// TestEvaluatePlants decides the runs of KROs with a planted performance problem. Each has
// to be red by the metric that one would expect.
func TestEvaluatePlants(t *testing.T) {
	if *evaluatePlants == "" {
		t.Skip("takes measured runs; see make evaluate-plants")
	}
	var table strings.Builder
	table.WriteString("| patch | profile | rounds | gated comparisons that regressed | expected to show it | most in | v0.9.4 → patched |\n|---|---|--:|--:|---|---|---|\n")
	for _, plant := range plants {
		r, err := bench.ReadFile(filepath.Join(*evaluatePlants, plant.patch, "1", bench.RecordFile))
		if err != nil {
			t.Fatal(err)
		}
		v, err := gate.Decide(gate.Evidence{Run: r}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		var shown []gate.Comparison
		for _, c := range v.Comparisons {
			if c.Outcome == gate.Regressed && c.Gated && c.Metric == plant.metric && c.Base != nil && c.Head != nil {
				shown = append(shown, c)
			}
		}
		if v.Status != gate.Fail || len(shown) == 0 {
			t.Errorf("%s is %s, and %d comparisons of %s regressed; want some", plant.patch, v.Status, len(shown), plant.metric)
			continue
		}
		most := slices.MaxFunc(shown, func(a, b gate.Comparison) int { return cmp.Compare(increase(a), increase(b)) })
		plan := r.Header.Plan
		fmt.Fprintf(&table, "| `%s` | %s | %d | %d of %d | `%s` | `%s` | %s |\n", plant.patch, plan.Profile, plan.Rounds,
			v.Counts.Regressed, v.Counts.Gated, plant.metric, most.Benchmark, change(most))
	}
	t.Logf("\n%s", table.String())
	rewrite(t, doc, "evaluate-plants", table.String())
}

// increase returns how much head has more than base, as a ratio. What base has nothing of has
// increased the most.
func increase(c gate.Comparison) float64 {
	if *c.Base == 0 {
		return 1e9 * *c.Head
	}
	return *c.Head / *c.Base
}

// change writes the values of base and head, with three digits.
func change(c gate.Comparison) string {
	return fmt.Sprintf("%s → %s", short(c.Metric, *c.Base), short(c.Metric, *c.Head))
}

func short(metric string, v float64) string {
	switch m, _ := bench.Lookup(metric); {
	case m.Unit == "B" && v >= 1e6:
		return fmt.Sprintf("%.3g MB", v/1e6)
	case m.Unit == "s":
		return digits(1000*v) + " ms"
	default:
		return digits(v)
	}
}

// digits writes a number with three digits, or all of a larger one.
func digits(v float64) string {
	if v >= 1000 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
