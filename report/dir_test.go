package report

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

func TestWriteDir(t *testing.T) {
	in := only(load(t, "extra-get"), "CRUD/op=noop/shape=chain/n=2", "requests/op")
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	paths, err := WriteDir(dir, in)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, path := range paths {
		name, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, filepath.ToSlash(name))
	}
	want := []string{
		"report.md", "report.html", "verdict.json",
		"charts/overview-light.svg", "charts/overview-dark.svg",
		"charts/crud-op-noop-shape-chain-n-2-requests-op-light.svg", "charts/crud-op-noop-shape-chain-n-2-requests-op-dark.svg",
		"charts/cpu-over-time-light.svg", "charts/cpu-over-time-dark.svg",
		"charts/memory-over-time-light.svg", "charts/memory-over-time-dark.svg",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	content, err := os.ReadFile(filepath.Join(dir, "verdict.json"))
	if err != nil {
		t.Fatal(err)
	}
	var read gate.Verdict
	if err := json.Unmarshal(content, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Verdict, &read); diff != "" {
		t.Errorf("verdict.json is not the verdict (-want +got):\n%s", diff)
	}
	// Every chart that the Markdown links exists.
	source := render(t, "markdown", in)
	for _, name := range want[3:] {
		if !strings.Contains(source, `"`+name+`"`) {
			t.Errorf("report.md does not show %s", name)
		}
	}
	if n := strings.Count(source, ".svg"); n != len(want)-3 {
		t.Errorf("report.md links %d charts, %d were written", n, len(want)-3)
	}
}

func TestChartFilesDoNotCollide(t *testing.T) {
	in := input(testdata.Hostile(t))
	paths, err := WriteDir(t.TempDir(), in)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		if seen[path] {
			t.Errorf("%s written twice", path)
		}
		seen[path] = true
		if name := filepath.Base(path); len(name) > 120 || strings.ContainsAny(name, " <>|`@#\n") {
			t.Errorf("file name %q", name)
		}
	}
}
