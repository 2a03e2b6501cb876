package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

var (
	evaluateKRO = flag.String("evaluate-kro", "", "`directory` of series of runs of KRO: rewrite the tables on KRO in docs/evaluation.md")
	draws       = flag.Int("draws", 1000, "`number` of runs to draw from a series")
)

// fewestRuns is the fewest runs that say something of the share of false alarms.
const fewestRuns = 20

// TestEvaluateKRO tries the default policy on runs of one build of KRO on both arms: as
// they were measured, and as drawn from their rounds, with and without a change in head.
func TestEvaluateKRO(t *testing.T) {
	if *evaluateKRO == "" {
		t.Skip("takes minutes; see make evaluate-kro")
	}
	runs := readSeries(t, filepath.Join(*evaluateKRO, "blocks"))
	e := evaluation{t: t, whole: gatedMetrics(t, runs)}
	for i, r := range e.whole {
		e.halves[(i+1)%2] = append(e.halves[(i+1)%2], r)
	}
	var tables strings.Builder
	e.unchanged(&tables)
	blocks := way{"blocks", e.whole, e.changed(&tables)}
	e.constants(&tables)
	e.exceptions(&tables)
	alternating := evaluation{t: t, whole: gatedMetrics(t, readSeries(t, filepath.Join(*evaluateKRO, "sessions")))}
	drawn := alternating.drawn(alternating.whole, *draws, false, gate.DefaultPolicy(), changes...)
	compareTurns(t, &tables, blocks, way{"sessions", alternating.whole, drawn.Found})
	t.Logf("\n%s", tables.String())
	rewrite(t, doc, "evaluate-kro", tables.String())
}

// readSeries reads the runs of a series, DIR/NUMBER/record.jsonl, in the order of their
// numbers. They measured one build on both arms, in the same way.
func readSeries(t *testing.T, dir string) (runs []*bench.Record) {
	t.Helper()
	numbers := map[int]*bench.Record{}
	files, err := filepath.Glob(filepath.Join(dir, "*", bench.RecordFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		number, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatalf("%s is not in a directory with the number of a run", file)
		}
		if numbers[number], err = bench.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	var first bench.Header
	for i, number := range slices.Sorted(maps.Keys(numbers)) {
		r := numbers[number]
		h := r.Header
		if i == 0 {
			first = h
		}
		switch {
		case r.Torn || len(r.Sessions) < 2*h.Plan.Rounds:
			t.Fatalf("run %d in %s has %d sessions, of %d planned: remove it and measure it again", number, dir, len(r.Sessions), 2*h.Plan.Rounds)
		case !calibrate.Unchanged(r) || h.Builds[bench.Head].Digest != first.Builds[bench.Head].Digest:
			t.Fatalf("run %d in %s did not measure the build of the first run on both arms", number, dir)
		case !slices.Equal(h.Plan.Benchmarks, first.Plan.Benchmarks) || h.Plan.Rounds != first.Plan.Rounds:
			t.Fatalf("run %d in %s has another plan than the first run", number, dir)
		case h.Environment.CPU != first.Environment.CPU || h.Environment.CPUs != first.Environment.CPUs:
			t.Fatalf("run %d in %s was measured on %d × %s, the first run on %d × %s", number, dir,
				h.Environment.CPUs, h.Environment.CPU, first.Environment.CPUs, first.Environment.CPU)
		}
		runs = append(runs, r)
	}
	if len(runs) < fewestRuns {
		t.Fatalf("%s has %d runs, of at least %d", dir, len(runs), fewestRuns)
	}
	return runs
}

// gatedMetrics returns the runs without the metrics that the policy gates nowhere. The
// verdicts do not depend on them, and are made in a third of the time.
func gatedMetrics(t *testing.T, runs []*bench.Record) []*bench.Record {
	t.Helper()
	verdict := func(r *bench.Record) *gate.Verdict {
		v, err := gate.Decide(gate.Evidence{Run: r}, gate.DefaultPolicy())
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	gated := map[string]bool{}
	before := make([]*gate.Verdict, len(runs))
	for i, r := range runs {
		before[i] = verdict(r)
		for _, c := range before[i].Comparisons {
			gated[c.Metric] = gated[c.Metric] || c.Gated
		}
	}
	out := make([]*bench.Record, len(runs))
	for i, r := range runs {
		out[i] = &bench.Record{Header: r.Header, Sessions: slices.Clone(r.Sessions)}
		for j, s := range r.Sessions {
			s.Results = slices.Clone(s.Results)
			for k, result := range s.Results {
				s.Results[k].Metrics = maps.Clone(result.Metrics)
				maps.DeleteFunc(s.Results[k].Metrics, func(metric string, _ float64) bool { return !gated[metric] })
			}
			out[i].Sessions[j] = s
		}
		if after := verdict(out[i]); after.Status != before[i].Status {
			t.Fatalf("run %d ends as %s, and without what is not gated as %s", i+1, before[i].Status, after.Status)
		}
	}
	return out
}

// An evaluation tries policies on a series of runs of unchanged code.
type evaluation struct {
	t      *testing.T
	whole  []*bench.Record
	halves [2][]*bench.Record // the even runs, the odd runs
}

// drawn tries a policy on n runs that are drawn from the rounds of measured ones: of one
// run each or, if mixed is set, of all of them.
func (e evaluation) drawn(from []*bench.Record, n int, mixed bool, p gate.Policy, changes ...calibrate.Change) *calibrate.Result {
	e.t.Helper()
	result, err := calibrate.Resample(from, calibrate.Options{
		Policy: p, Changes: changes, Sessions: from[0].Header.Plan.Rounds, Trials: n, Within: !mixed, Seed: 1,
	})
	if err != nil {
		e.t.Fatal(err)
	}
	return result
}

// onHalves tries a policy on runs drawn from the odd and from the even runs.
func (e evaluation) onHalves(p gate.Policy, changes ...calibrate.Change) (odd, even *calibrate.Result) {
	e.t.Helper()
	return e.drawn(e.halves[1], *draws/2, false, p, changes...), e.drawn(e.halves[0], *draws/2, false, p, changes...)
}

// unchanged writes how runs of unchanged code end.
func (e evaluation) unchanged(w io.Writer) {
	e.t.Helper()
	policy := gate.DefaultPolicy()
	whole, err := calibrate.Measured(e.whole, calibrate.Options{Policy: policy})
	if err != nil {
		e.t.Fatal(err)
	}
	odd, even := e.onHalves(policy)
	within, mixed := e.drawn(e.whole, *draws, false, policy), e.drawn(e.whole, *draws, true, policy)
	fmt.Fprintf(w, "| runs of unchanged code | red | undecided |\n|---|--:|--:|\n")
	for _, row := range []struct {
		name   string
		result *calibrate.Result
	}{
		{"as measured", whole},
		{"drawn, each from one run", within},
		{"drawn, each from one of the odd runs", odd},
		{"drawn, each from one of the even runs", even},
		{"drawn from the rounds of all runs", mixed},
	} {
		fmt.Fprintf(w, "| %s | %s | %s |\n", row.name, counted(row.result.Red, row.result.Trials), counted(row.result.Undecided, row.result.Trials))
	}
	for _, drawn := range []*calibrate.Result{within, mixed} {
		if 100*drawn.Red > drawn.Trials {
			e.t.Errorf("%d of %d drawn runs are red: %v", drawn.Red, drawn.Trials, drawn.Alarms)
		}
	}
	most(w, "red", within.Alarms, within.Trials)
	most(w, "undecided", within.Suspects, within.Trials)
}

// most lists the comparisons that most often made runs end in one way.
func most(w io.Writer, end string, runs map[string]int, of int) {
	names := slices.SortedFunc(maps.Keys(runs), func(a, b string) int {
		return cmp.Or(runs[b]-runs[a], strings.Compare(a, b))
	})
	if len(names) == 0 {
		return
	}
	fmt.Fprintf(w, "\nWhat most often made runs %s, each drawn from one run:\n\n", end)
	for _, name := range names[:min(len(names), 8)] {
		fmt.Fprintf(w, "- `%s` in %s\n", name, share(runs[name], of))
	}
}

// changes are planted in head.
var changes = []calibrate.Change{
	{What: calibrate.Requests, Size: 1, Every: calibrate.One},
	{What: calibrate.Requests, Size: 1, Every: 1},
	{What: calibrate.Allocations, Size: 0.01, Every: calibrate.One},
	{What: calibrate.Allocations, Size: 0.01, Every: 1},
	{What: calibrate.CPU, Size: 0.02, Every: calibrate.One},
	{What: calibrate.CPU, Size: 0.05, Every: calibrate.One},
	{What: calibrate.CPU, Size: 0.10, Every: calibrate.One},
	{What: calibrate.CPU, Size: 0.25, Every: calibrate.One},
	{What: calibrate.CPU, Size: 0.50, Every: calibrate.One},
	{What: calibrate.CPU, Size: 0.02, Every: 1},
	{What: calibrate.CPU, Size: 0.05, Every: 1},
	{What: calibrate.CPU, Size: 0.10, Every: 1},
	{What: calibrate.CPU, Size: 0.25, Every: 1},
	{What: calibrate.CPU, Size: 0.50, Every: 1},
	{What: calibrate.Latency, Size: 0.005, Every: 1},
	{What: calibrate.Latency, Size: 0.010, Every: 1},
	{What: calibrate.Leak, Size: 16 << 10, Every: 1},
	{What: calibrate.Failures, Size: 0.01, Every: 1},
}

// changed writes how runs end in which head has changed, and returns how those end that
// are drawn from one run each.
func (e evaluation) changed(w io.Writer) []calibrate.Detection {
	e.t.Helper()
	policy := gate.DefaultPolicy()
	within, mixed := e.drawn(e.whole, *draws, false, policy, changes...), e.drawn(e.whole, *draws, true, policy, changes...)
	fmt.Fprintf(w, "\n| change of head | in | red | its comparisons red | undecided | of all runs: red | undecided |\n|---|---|--:|--:|--:|--:|--:|\n")
	for i, d := range within.Found {
		m := mixed.Found[i]
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s |\n", size(d.Change), where(d.Change),
			share(d.Red, d.Trials), share(d.Found, d.Trials), share(d.Undecided, d.Trials), share(m.Red, m.Trials), share(m.Undecided, m.Trials))
	}
	return within.Found
}

// size says what a change is, and how large.
func size(c calibrate.Change) string {
	switch c.What {
	case calibrate.Requests:
		return fmt.Sprintf("%v API request more per operation", c.Size)
	case calibrate.Allocations:
		return fmt.Sprintf("+%v %% allocations", 100*c.Size)
	case calibrate.CPU:
		return fmt.Sprintf("+%v %% CPU time", 100*c.Size)
	case calibrate.Latency:
		return fmt.Sprintf("+%v ms in each operation", 1000*c.Size)
	case calibrate.Leak:
		return fmt.Sprintf("a leak of %v KiB per reconcile", c.Size/(1<<10))
	case calibrate.Failures:
		return fmt.Sprintf("%v %% of operations fail", 100*c.Size)
	default:
		panic("no words for " + c.What)
	}
}

func where(c calibrate.Change) string {
	if c.Every == calibrate.One {
		return "one benchmark"
	}
	return "all"
}

func share(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(max(1, of))) }

func counted(n, of int) string { return fmt.Sprintf("%s (%d of %d)", share(n, of), n, of) }
