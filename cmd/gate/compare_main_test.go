package main

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

var compareMain = flag.String("compare-main", "", "`directory` of series of runs: rewrite the table in docs/main.md from the run of KRO main")

// mainMetrics are the columns of the table.
var mainMetrics = []string{
	bench.ReconcilesPerOp, bench.RequestsPerOp, bench.CELEvalsPerOp, bench.AllocsPerOp, bench.CPUSecPerOp, bench.ReadyP50Sec,
}

// TestCompareMain writes what each benchmark cost in a release and in KRO main.
func TestCompareMain(t *testing.T) {
	if *compareMain == "" {
		t.Skip("takes a measured run; see make compare-main")
	}
	r, err := bench.ReadFile(filepath.Join(*compareMain, "main", "1", bench.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	v, err := gate.Decide(gate.Evidence{Run: r}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	cells := map[[2]string]string{}
	for _, c := range v.Comparisons {
		if c.Base == nil || c.Head == nil {
			continue
		}
		bold := ""
		if c.Outcome == gate.Regressed || c.Outcome == gate.Improved {
			bold = "**"
		}
		cells[[2]string{c.Benchmark, c.Metric}] = bold + change(c) + bold
	}
	var table strings.Builder
	fmt.Fprintf(&table, "| benchmark | %s |\n|---|%s\n", strings.Join(mainMetrics, " | "), strings.Repeat("--:|", len(mainMetrics)))
	for _, b := range r.Header.Plan.Benchmarks {
		fmt.Fprintf(&table, "| `%s` |", b.Name)
		for _, metric := range mainMetrics {
			fmt.Fprintf(&table, " %s |", cells[[2]string{b.Name, metric}])
		}
		table.WriteString("\n")
	}
	rewrite(t, "../../docs/main.md", "compare-main", table.String())
}
