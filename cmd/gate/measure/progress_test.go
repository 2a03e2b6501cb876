package measure

import (
	"bytes"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// follow shows one session with a progress and returns the output.
func follow(columns int) string {
	var out bytes.Buffer
	plan := bench.Plan{Order: []bench.Arm{bench.Base, bench.Head}, Suites: []string{"crud"}, Profile: "quick", Cluster: "simulation"}
	p := newProgress(&out, columns, plan, 0)
	p.SessionStarted(0, 2, bench.Base)
	p.BenchmarkStarted(bench.Benchmark{Name: "CRUD/op=create/shape=chain/n=2/workers=4", Ops: 16})
	p.OperationDone(0.012)
	p.SessionDone(bench.Session{Seconds: 13.5, Results: []bench.Result{{Errors: 2}}})
	p.close()
	return out.String()
}

func TestProgressFitsTheTerminal(t *testing.T) {
	const columns = 40
	_, live, _ := strings.Cut(follow(columns), "\n") // the first line stays
	live, _, _ = strings.Cut(live, "session 1/2")
	if !strings.Contains(live, "[1/2 base] CRUD/op=create") {
		t.Errorf("the live line does not say what runs: %q", live)
	}
	for _, line := range strings.Split(live, "\r") {
		if len(line) >= columns {
			t.Errorf("%q does not fit in %d columns", line, columns)
		}
	}
}

func TestProgressInALog(t *testing.T) {
	want := `2 sessions of 0 benchmarks (crud, profile quick, simulation)
session 1/2 base: 1 benchmarks in 13.5 s, 2 operations failed, 14s left
`
	if got := follow(0); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
