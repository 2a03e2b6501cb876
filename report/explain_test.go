package report

import (
	"strings"
	"testing"

	"github.com/kro/perf-gate/testdata"
)

// TestExplanationSaysWhatStandsForAnArm has a median, a rate of failures and a percentile of
// all operations.
func TestExplanationSaysWhatStandsForAnArm(t *testing.T) {
	const create = "CRUD/op=create/shape=chain/n=2"
	var out strings.Builder
	if err := WriteExplanation(&out, testdata.Decide(t, testdata.Record(t, "unchanged")).Verdict, create); err != nil {
		t.Fatal(err)
	}
	for metric, want := range map[string]string{
		"requests/op":   "the median of 6 sessions: ",
		"errors/op":     "of all operations together; 6 sessions: ",
		"ready-p50-sec": "the median of 6 sessions: ",
		"ready-p99-sec": "of all operations together; 6 sessions: ",
	} {
		_, of, found := strings.Cut(out.String(), create+" "+metric+":")
		_, base, _ := strings.Cut(of, "base ")
		base, _, _ = strings.Cut(base, "\n")
		if !found || !strings.Contains(base, want) {
			t.Errorf("%s: base is %q, want %q", metric, base, want)
		}
	}
}
