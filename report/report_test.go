package report

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// drawn are the runs whose golden files include the page and the charts, which
// are large. The other runs keep the text and the Markdown.
var drawn = []string{"crash", "extra-get", "release"}

// cases returns what every report is tested with, by name: the recorded runs and
// the hostile one.
func cases(t testing.TB) map[string]Input {
	t.Helper()
	list := map[string]Input{"hostile": input(testdata.Hostile(t))}
	for _, name := range testdata.Names(t) {
		list[name] = load(t, name)
	}
	return list
}

// load reads a recorded run.
func load(t testing.TB, name string) Input {
	t.Helper()
	return input(testdata.Load(t, name))
}

func input(r testdata.Run) Input {
	return Input{Verdict: r.Verdict, Record: r.Record, Pprof: (*Pprof)(r.Pprof), Advice: r.Advice}
}

// render returns the input in a format.
func render(t testing.TB, format string, in Input) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares got with a file, or rewrites the file with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	for name, in := range cases(t) {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join("testdata", name)
			if name != "hostile" {
				dir = testdata.Dir(t, name)
			}
			golden(t, filepath.Join(dir, "report.txt"), render(t, "text", in))
			golden(t, filepath.Join(dir, "report.md"), render(t, "markdown", in))
			if slices.Contains(drawn, name) {
				goldenPage(t, dir, in)
			}
		})
	}
}

// goldenPage compares the page and the charts with those in dir.
func goldenPage(t *testing.T, dir string, in Input) {
	t.Helper()
	out := t.TempDir()
	paths, err := WriteDir(out, in)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.RemoveAll(filepath.Join(dir, "charts")); err != nil {
			t.Fatal(err)
		}
	}
	charts := 0
	for _, path := range paths {
		name, err := filepath.Rel(out, path)
		if err != nil {
			t.Fatal(err)
		}
		switch {
		case name == "report.html":
		case filepath.Dir(name) == "charts":
			charts++
		default:
			continue // compared for every run
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join(dir, name), string(content))
	}
	stored, err := filepath.Glob(filepath.Join(dir, "charts", "*.svg"))
	if err != nil {
		t.Fatal(err)
	}
	if charts != len(stored) {
		t.Errorf("%d charts written, %d expected: %q", charts, len(stored), paths)
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for name, in := range cases(t) {
		for _, line := range strings.Split(render(t, "text", in), "\n") {
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("%s: %d columns: %q", name, n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == '\u202e' }) {
				t.Errorf("%s: control character in %q", name, line)
			}
		}
	}
}

// Rendering twice gives the same bytes, so the order of maps does not matter.
func TestDeterministic(t *testing.T) {
	for name, in := range cases(t) {
		for _, format := range Formats() {
			first := render(t, format, in)
			for range 5 {
				if render(t, format, in) != first {
					t.Errorf("%s: %s differs from one rendering to the next", name, format)
					break
				}
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	in := load(t, "unchanged")
	err := Write(&bytes.Buffer{}, "pdf", in)
	if want := `unknown report format "pdf": use text, json, markdown`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestJSONIsTheVerdict(t *testing.T) {
	in := load(t, "busy-loop")
	var got gate.Verdict
	if err := json.Unmarshal([]byte(render(t, "json", in)), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Verdict, &got); diff != "" {
		t.Errorf("the verdict changed on its way through JSON (-want +got):\n%s", diff)
	}
}
