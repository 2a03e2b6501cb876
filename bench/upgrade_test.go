package bench_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

// v3 is the start of a record that an earlier perf-gate wrote.
const v3 = "testdata/v3.jsonl"

func TestReadUpgradesV3(t *testing.T) {
	old, err := os.ReadFile(v3)
	if err != nil {
		t.Fatal(err)
	}
	old = bytes.Replace(old, []byte(`"profile":"quick",`), []byte(`"profile":"quick","profiles":["cpu","heap"],`), 1)
	rec, err := bench.Read(bytes.NewReader(old), bench.RecordFile)
	if err != nil {
		t.Fatal(err)
	}
	if h := rec.Header; h.Schema != bench.Schema || h.Plan.Profile != "quick" || len(h.Plan.Benchmarks) != 8 ||
		!cmp.Equal(h.Plan.Pprof, []string{"cpu", "heap"}) || h.Builds[bench.Head].Settings != (bench.Settings{}) {
		t.Errorf("the header is %+v", h)
	}
	if len(rec.Sessions) != 2 || len(rec.Sessions[1].Results) != 8 {
		t.Errorf("%d sessions, want 2 with 8 results each", len(rec.Sessions))
	}
	var current bytes.Buffer
	if err := bench.Encode(&current, rec); err != nil {
		t.Fatal(err)
	}
	again, err := bench.Read(&current, bench.RecordFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rec, again); diff != "" {
		t.Errorf("what was upgraded and written reads differently (-upgraded +read):\n%s", diff)
	}
}

func TestReadOfV3IsStrict(t *testing.T) {
	old, err := os.ReadFile(v3)
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[string]string{
		`"profil":"quick"`:           `record.jsonl:1: unknown field "plan.profil"`,
		`"profile":1`:                `record.jsonl:1:`,
		`"profile":"quick","seed":2`: `record.jsonl:1: duplicate field "plan.seed"`,
	} {
		changed := strings.Replace(string(old), `"profile":"quick"`, change, 1)
		if _, err := bench.Read(strings.NewReader(changed), bench.RecordFile); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("with %s: %v, want %s", change, err, want)
		}
	}
}

// A file has only one version.
func TestAppendRefusesV3(t *testing.T) {
	old, err := os.ReadFile(v3)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), bench.RecordFile)
	torn := append(old, `{"index":2`...)
	if err := os.WriteFile(path, torn, 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = bench.Append(path)
	want := path + `: an earlier perf-gate wrote this record, as "perf-gate/record/v3", and this one cannot go on from it: measure again with another --out`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(torn, after) {
		t.Errorf("the refused record was changed, %v", err)
	}
}
