package report

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

func TestOrderName(t *testing.T) {
	for order, want := range map[string]string{
		"BHHBBHHB": "ABBA",
		"HBBH":     "ABBA",
		"BHBH":     "paired",
		"BHHBBHBH": "paired",
		"BBHH":     "unpaired",
		"BH":       "ABBA",
		"":         "",
	} {
		var arms []bench.Arm
		for _, letter := range order {
			arms = append(arms, map[rune]bench.Arm{'B': bench.Base, 'H': bench.Head}[letter])
		}
		if got := orderName(arms); got != want {
			t.Errorf("%s is %q, want %q", order, got, want)
		}
	}
}

// The first fact of a run is how its arms took turns.
func TestDesign(t *testing.T) {
	for turns, want := range map[bench.Turns]string{
		bench.ByBlock:   "6 rounds of both arms, in turns by blocks",
		bench.BySession: "6 sessions per arm in ABBA order",
		bench.NoTurns:   "6 sessions per arm, measured apart",
	} {
		record := testdata.Record(t, "unchanged")
		record.Header.Plan.Turns = turns
		if got := design(testdata.Decide(t, record).Verdict, record)[0]; got != want {
			t.Errorf("%s: %q, want %q", turns, got, want)
		}
	}
}

// TestMachineOfRounds checks that arms that ran at once are not compared by a control
// workload that both of them share.
func TestMachineOfRounds(t *testing.T) {
	v := testdata.Decide(t, testdata.Record(t, "unchanged")).Verdict
	got := circumstances(v, bench.Plan{Turns: bench.ByBlock})[0]
	want := "Machine: the control workload took " + amount("s", v.Machine.Base) + " in the median round. Rounds differ by up to "
	if !strings.HasPrefix(got, want) || strings.Contains(got, "base") {
		t.Errorf("%q, want %q", got, want)
	}
}

// Failures are summed over the sessions and shown before any figure.
func TestAlerts(t *testing.T) {
	record := testdata.Record(t, "short")
	failed, wrong := &record.Sessions[1], &record.Sessions[2].Results[0]
	failed.Failed = "the controller exited with code 2: panic: runtime error: index out of range [3] with length 3\nits log"
	wrong.Errors, wrong.Messages = 2, []string{"instance one not ready after 30s", "instance two not ready after 30s"}
	in := input(testdata.Decide(t, record))
	want := []string{
		"head: 1 of 2 sessions failed and is not compared: the controller exited with code 2: panic: runtime error: index out of range [3] with length 3",
		"head: 2 of 28 operations failed or timed out in 1 session of CRUD/op=create/shape=chain/n=2: instance one not ready after 30s",
	}
	if diff := cmp.Diff(want, alerts(in.Record)); diff != "" {
		t.Errorf("alerts (-want +got):\n%s", diff)
	}
	for _, format := range []string{"text", "markdown"} {
		source := render(t, format, in)
		alert, figures := strings.Index(source, "2 of 28 operations"), strings.Index(source, "outcome")
		if alert < 0 || alert > figures {
			t.Errorf("%s: the failed operations are at %d, the first table at %d", format, alert, figures)
		}
	}
}

func TestAlertsAreBounded(t *testing.T) {
	r := &bench.Record{}
	for _, name := range strings.Split("abcdefghij", "") {
		r.Sessions = append(r.Sessions, bench.Session{Arm: bench.Head, Results: []bench.Result{{Benchmark: name, Ops: 3, Errors: 1}}})
	}
	got := alerts(r)
	if len(got) != maxAlerts+1 || got[maxAlerts] != "… and 4 more in the record." {
		t.Errorf("%d alerts for 10 findings: %q", len(got), got)
	}
}

func TestQuote(t *testing.T) {
	for word, want := range map[string]string{
		"v0.9.4":       "v0.9.4",
		"./a b":        "'./a b'",
		"":             "''",
		"it's; $x\n`y": `'it'\''s; $x ` + "`y'",
	} {
		if got := quote(word); got != want {
			t.Errorf("quote(%q) = %s, want %s", word, got, want)
		}
	}
}

// A suspect is shown with its units, like all other figures of a report.
func TestReasonOfSuspects(t *testing.T) {
	base, head, ratio, p := 0.004192, 0.009213, 2.2, 0.01
	v := &gate.Verdict{Status: gate.Undecided, Reason: "raw figures", Policy: gate.DefaultPolicy(), Comparisons: []gate.Comparison{{
		Benchmark: "CRUD/op=noop", Metric: "cpu-sec/op", Class: bench.Timing, Gated: true, Outcome: gate.Inconclusive,
		Base: &base, Head: &head, Ratio: &ratio, P: &p, Tolerance: 0.25,
	}}}
	const want = "1 of 1 gated comparison looks worse than tolerated, but may be noise: CRUD/op=noop cpu-sec/op: 4.19 ms → 9.21 ms, ×2.20."
	if got := reason(v); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	v.Comparisons[0].Outcome = gate.Unchanged
	if got := reason(v); got != "raw figures" {
		t.Errorf("without a suspect: %s", got)
	}
}
