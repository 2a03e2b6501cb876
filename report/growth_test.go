package report

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

// grown adds a sweep to a recorded run: what the creation of an instance costs, in
// proportion to the number of items in base and to a power of it in head.
func grown(t *testing.T, power float64) Input {
	t.Helper()
	run := testdata.Record(t, "unchanged")
	for _, n := range []float64{1, 10, 100} {
		name := fmt.Sprintf("Collection/op=create/items=%v", n)
		run.Header.Plan.Benchmarks = append(run.Header.Plan.Benchmarks, bench.Benchmark{Name: name, Suite: "collection", Ops: 1, Sweep: "items"})
		for i, s := range run.Sessions {
			exponent := 1.0
			if s.Arm == bench.Head {
				exponent = power
			}
			of := s.Results[0] // the creation of an instance
			run.Sessions[i].Results = append(s.Results, bench.Result{Benchmark: name, Ops: 1, Metrics: map[string]float64{
				bench.AllocsPerOp:   of.Metrics[bench.AllocsPerOp] * math.Pow(n, exponent),
				bench.RequestsPerOp: 3 * n,
			}})
		}
	}
	no, yes := false, true
	p := gate.DefaultPolicy()
	p.Rules = append(p.Rules, gate.Rule{Gate: &no}) // few sessions can decide few comparisons
	for _, metric := range []string{bench.AllocsPerOp, bench.RequestsPerOp} {
		p.Rules = append(p.Rules, gate.Rule{Benchmark: "Collection/*", Metric: metric, Gate: &yes})
	}
	v, err := gate.Decide(gate.Evidence{Run: run}, p)
	if err != nil {
		t.Fatal(err)
	}
	return Input{Verdict: v, Record: run}
}

func TestGrowthIsReported(t *testing.T) {
	in := grown(t, 1.9)
	checkAll(t, in)
	words := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	const finding = "Allocations of Collection/op=create now grow with the square of items (exponent 1.00 → 1.90)"
	var page bytes.Buffer
	if err := writeHTML(&page, in); err != nil {
		t.Fatal(err)
	}
	for form, text := range map[string]string{"text": render(t, "text", in), "Markdown": render(t, "markdown", in), "HTML": page.String()} {
		text = words(strings.NewReplacer("\\", "", "\u00a0", " ", "`", "").Replace(text))
		unchanged := "growth of requests/op"
		if form == "text" {
			unchanged = "1 exponent of growth with the size of the work is unchanged."
		}
		for _, want := range []string{finding, "growth of allocs/op", unchanged, "Collection/op=create/items=*", "+0.9000 [+0.9000, +0.9000]"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s lacks %q", form, want)
			}
		}
	}

	list, _ := charts(in.Verdict, in.Record)
	i := slices.IndexFunc(list, func(c chart) bool {
		return c.Kind == changeChart && strings.HasPrefix(c.Title, "growth of allocs/op of Collection/op=create/items=*: 1.00 → 1.90, regressed")
	})
	if i < 0 {
		t.Fatal("no chart of the growth")
	}
	if dots := strings.Count(list[i].Light, "<circle"); dots != 2*3+2 {
		t.Errorf("the chart has %d dots, want one for each size of each arm and two in the legend", dots)
	}

	var out strings.Builder
	if err := WriteExplanation(&out, in.Verdict, "items=*"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"Collection/op=create/items=* growth of allocs/op: regressed, gated",
		"costs 3 → 3 at 1, 30 → 30 at 10, 300 → 300 at 100",
		"change +0.9000 [+0.9000, +0.9000], with its 95 % confidence interval",
	} {
		if !strings.Contains(words(out.String()), want) {
			t.Errorf("the explanation lacks %q:\n%s", want, out.String())
		}
	}
}

// TestSightOfGrowth names the change of the exponent that the run could have seen.
func TestSightOfGrowth(t *testing.T) {
	in := grown(t, 1)
	i := slices.IndexFunc(in.Verdict.Sight.Metrics, func(m gate.MetricSight) bool { return m.Scale == gate.Difference })
	if i < 0 {
		t.Fatal("the run says nothing of the growth that it could have seen")
	}
	want := fmt.Sprintf("growth of allocs/op: a change of the exponent of %s in the median sweep", signedExponent(in.Verdict.Sight.Metrics[i].Median))
	if text := strings.Join(strings.Fields(render(t, "text", in)), " "); !strings.Contains(text, want) {
		t.Errorf("the report lacks %q", want)
	}
}

func TestGrowthInWords(t *testing.T) {
	for _, tt := range []struct {
		base, head float64
		want       string
	}{
		{0.02, 1.01, "now grow in proportion to items (exponent 0.0200 → 1.01)"},
		{1, 1.003, "now grow faster with items (exponent 1.000 → 1.003)"},
		{1, 1.5, "now grow faster with items (exponent 1.00 → 1.50)"},
		{1.1, 3, "now grow with the cube of items (exponent 1.10 → 3.00)"},
	} {
		c := gate.Comparison{
			Benchmark: "Collection/items=*", Metric: bench.AllocsPerOp, Scale: gate.Difference,
			Base: &tt.base, Head: &tt.head, Gated: true, Outcome: gate.Regressed,
		}
		v := &gate.Verdict{
			Comparisons: []gate.Comparison{c}, Sweeps: []bench.Sweep{{Name: c.Benchmark, Parameter: "items"}},
			Findings: []gate.Finding{{Group: bench.Allocations, Scale: gate.Difference, Metrics: []string{c.Metric}, Benchmarks: []string{c.Benchmark}}},
		}
		if got := findings(v); len(got) != 1 || got[0] != "Allocations of Collection "+tt.want {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
