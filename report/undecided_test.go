package report

import (
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/testdata"
)

// TestFirstLine changes a recorded run, and reads what the first line of its report
// says and advises.
func TestFirstLine(t *testing.T) {
	const create = "CRUD/op=create/shape=chain/n=2"
	heads := func(change func(session int, r *bench.Result)) *bench.Record {
		run, n := testdata.Record(t, "unchanged"), 0
		for _, s := range run.Sessions {
			if s.Arm != bench.Head {
				continue
			}
			for i := range s.Results {
				change(n, &s.Results[i])
			}
			n++
		}
		return run
	}
	for name, tt := range map[string]struct {
		run  *bench.Record
		want []string
	}{
		"unchanged": {testdata.Record(t, "unchanged"),
			[]string{"PASS: None of ", "gated comparisons regressed.", "Nothing to do, as far as the run could see: noise leaves "}},
		"lost": {heads(func(_ int, r *bench.Result) { delete(r.Metrics, bench.CELEvalsPerOp) }),
			[]string{"INCONCLUSIVE: Head has no value of cel-evals/op, and base has:", "Find out why head no longer has it, or stop gating it"}},
		"an operation failed": {heads(func(n int, r *bench.Result) {
			if n == 2 && r.Benchmark == create {
				r.Errors, r.Metrics[bench.ErrorsPerOp] = 1, 1/float64(r.Ops)
			}
		}), []string{"INCONCLUSIVE: 1 of ", create + " errors/op: 0 of 84 operations failed in base, 1 of 84 in head.", "Find out why it differs between sessions"}},
		"now and then": {heads(func(n int, r *bench.Result) {
			if n < 2 && r.Benchmark == create {
				r.Metrics[bench.RequestsPerOp] *= 2
			}
		}), []string{"INCONCLUSIVE: 1 of ", create + " requests/op: worse in 2 of 6 sessions of head: base saw 32, head 32..64."}},
		"everything allocates 0.5 % more": {heads(func(_ int, r *bench.Result) { r.Metrics[bench.AllocsPerOp] *= 1.005 }),
			[]string{"FAIL: 1 of ", "allocations (allocs/op) regressed in the mean over all benchmarks:", "; most in "}},
	} {
		r := testdata.Decide(t, tt.run)
		text := strings.Join(strings.Fields(render(t, "text", input(r))), " ")
		for _, want := range tt.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the report lacks %q:\n%.600s", name, want, text)
			}
		}
	}
	apart := bench.Apart(testdata.Record(t, "unchanged"), testdata.Record(t, "unchanged"))
	text := strings.Join(strings.Fields(render(t, "text", input(testdata.Decide(t, apart)))), " ")
	if strings.Contains(text, "ABBA") || !strings.Contains(text, "6 sessions per arm, measured apart") ||
		!strings.Contains(text, "(alpha), provided that the machine was the same for base and head") {
		t.Errorf("a run measured apart: %.900s", text)
	}
}
