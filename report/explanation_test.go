package report

import (
	"strings"
	"testing"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/explain"
)

// A regressed metric is explained by the type of pprof profile that counts the same,
// and by no other.
func TestWhatIsExplained(t *testing.T) {
	for metric, want := range map[string]string{
		"cpu-sec/op":    "CPU time per session",
		"cpu-percent":   "CPU time per session",
		"allocs/op":     "Heap objects allocated per session",
		"B/op":          "Heap bytes allocated per session",
		"requests/op":   "",
		"ready-p50-sec": "",
	} {
		in := load(t, "release")
		for i := range in.Verdict.Comparisons {
			in.Verdict.Comparisons[i].Outcome = gate.Unchanged
		}
		in.Verdict.Comparisons[0].Metric, in.Verdict.Comparisons[0].Outcome = metric, gate.Regressed
		list := explanations(in.Verdict, in.Pprof)
		switch {
		case want == "" && len(list) > 0:
			t.Errorf("%s is explained: %s", metric, list[0].Total)
		case want != "" && (len(list) != 1 || !strings.HasPrefix(list[0].Total, want)):
			t.Errorf("%s: got %v, want one explanation that starts %q", metric, list, want)
		}
		in.Verdict.Comparisons[0].Outcome = gate.Improved
		if list := explanations(in.Verdict, in.Pprof); len(list) > 0 {
			t.Errorf("%s improved and is explained", metric)
		}
	}
}

// Without a regression, the report only says where the pprof profiles are. In a
// comparison with baseline records it does not mention them, because they do not
// cover both arms.
func TestWhereProfilesAre(t *testing.T) {
	const command = "go tool pprof -diff_base profiles/000-base.cpu.pb.gz profiles/001-head.cpu.pb.gz"
	in := only(load(t, "release"), "", "")
	stored := load(t, "release")
	stored.Verdict.Base.Baseline = true
	for _, format := range []string{"text", "markdown"} {
		if source := render(t, format, in); !strings.Contains(source, command) || strings.Contains(source, "Where the cost comes from") {
			t.Errorf("%s without regression:\n%.600s", format, source)
		}
		if source := render(t, format, stored); strings.Contains(source, "pprof") || strings.Contains(source, "Where the cost comes from") {
			t.Errorf("%s against baseline records mentions pprof", format)
		}
	}
}

// The note says what the table leaves out, and why.
func TestNoteOnNoise(t *testing.T) {
	e := 1.0
	rows := []explain.Row{{Function: "main.work", Base: 1, Head: 9, Change: 8, Error: &e}}
	for _, test := range []struct {
		name string
		d    explain.Diff
		view explain.View
		want string
	}{
		{"judged", explain.Diff{BaseSessions: 3, HeadSessions: 4}, explain.View{Rows: rows, Within: 1, Smaller: 2},
			"± is the standard error of the change, from the spread between sessions and the number of samples. Left out as noise: 1 function with a change within 2 standard errors. 2 more functions changed less than these."},
		{"few sessions", explain.Diff{BaseSessions: 3, HeadSessions: 2}, explain.View{Rows: rows},
			"± is the standard error of the change, from the spread between sessions and the number of samples. No function is left out as noise. That takes at least 3 sessions of each arm."},
		{"noise only", explain.Diff{BaseSessions: 3, HeadSessions: 3}, explain.View{Within: 7},
			"No function stands out. Left out as noise: 7 functions with a change within 2 standard errors."},
	} {
		if got := newFunctionTable("", "s", test.d, test.view).Note; got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
}
