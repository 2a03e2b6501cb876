package measure

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/runner"
)

// follow shows a round, and one that confirms it, with a progress and returns the output.
func follow(columns int) string {
	var out bytes.Buffer
	plan := bench.Plan{Rounds: 2, Order: slices.Repeat(bench.Arms[:], 2), Turns: bench.ByBlock, Suites: []string{"crud"}, Profile: "quick", Cluster: "simulation"}
	p := newProgress(&out, columns, plan, 0)
	first := runner.Round{Arms: bench.Arms[:], At: 1, Of: 2}
	p.RoundStarted(first)
	for _, arm := range bench.Arms {
		p.BenchmarkStarted(arm, bench.Benchmark{Name: "CRUD/op=create/shape=chain/n=2/workers=4", Ops: 16})
		p.OperationDone(arm, 0.012)
	}
	p.RoundDone(first, []bench.Session{{Seconds: 12, Results: []bench.Result{{Errors: 2}}}, {Seconds: 13.5}})
	confirming := runner.Round{Number: 2, Phase: bench.Confirm, At: 1, Of: 1}
	p.RoundStarted(confirming)
	p.RoundDone(confirming, []bench.Session{
		{Round: 2, Arm: bench.Head, Seconds: 1.5, Failed: "the controller ended"},
		{Round: 2, Arm: bench.Base, Failed: "head failed in the same round", Aborted: true},
	})
	p.close()
	return out.String()
}

func TestProgressFitsTheTerminal(t *testing.T) {
	const columns = 40
	_, live, _ := strings.Cut(follow(columns), "\n") // the first line stays
	live, _, _ = strings.Cut(live, "round 1/2: 13.5")
	if !strings.Contains(live, "[round 1/2] head CRUD/op=create") {
		t.Errorf("the live line does not say what runs: %q", live)
	}
	for _, line := range strings.Split(live, "\r") {
		if len(line) >= columns {
			t.Errorf("%q does not fit in %d columns", line, columns)
		}
	}
}

func TestProgressInALog(t *testing.T) {
	want := `2 rounds of 0 benchmarks (crud; quick, simulation, by blocks)
round 1/2: 13.5 s, 2 operations failed, 14s left
confirming 1/1: head failed after 1.5 s: the controller ended
`
	if got := follow(0); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// TestProgressOfAnOddPlan has a record that someone changed: its plan has sessions, but no
// rounds.
func TestProgressOfAnOddPlan(t *testing.T) {
	var out bytes.Buffer
	newProgress(&out, 0, bench.Plan{Order: []bench.Arm{bench.Base, bench.Head}, Suites: []string{"crud"}, Profile: "quick", Cluster: "simulation"}, 0)
	if want := "1 round of 0 benchmarks (crud; quick, simulation)\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
