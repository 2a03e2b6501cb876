package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// cases returns the directories of testdata. Each has a record, its verdict and its
// reports, and some have a summary of pprof profiles. All figures are made up.
func cases(t testing.TB) []string {
	t.Helper()
	dirs, err := filepath.Glob("testdata/*/verdict.json")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no test cases: %v", err)
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	return dirs
}

// load reads a case.
func load(t testing.TB, dir string) Input {
	t.Helper()
	in := Input{Verdict: &gate.Verdict{}}
	for name, into := range map[string]any{"verdict.json": in.Verdict, "profiles.json": &in.Pprof} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, fs.ErrNotExist) && name == "profiles.json" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(content, into); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if in.Record, err = bench.ReadFile(filepath.Join(dir, "record.jsonl")); err != nil {
		t.Fatal(err)
	}
	in.Advice = advice.From(in.Verdict, in.Record)
	return in
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
	for _, dir := range cases(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			in := load(t, dir)
			golden(t, filepath.Join(dir, "report.txt"), render(t, "text", in))

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
			var names []string
			for _, path := range paths {
				name, err := filepath.Rel(out, path)
				if err != nil {
					t.Fatal(err)
				}
				content, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				names = append(names, name)
				golden(t, filepath.Join(dir, name), string(content))
			}
			stored, err := filepath.Glob(filepath.Join(dir, "charts", "*.svg"))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(names) - 3; got != len(stored) {
				t.Errorf("%d charts written, %d expected: %q", got, len(stored), names)
			}
		})
	}
}

func TestTextFitsTheTerminal(t *testing.T) {
	for _, dir := range cases(t) {
		in := load(t, dir)
		for _, line := range strings.Split(render(t, "text", in), "\n") {
			if n := utf8.RuneCountInString(line); n > columns {
				t.Errorf("%s: %d columns: %q", dir, n, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r == '\u202e' }) {
				t.Errorf("%s: control character in %q", dir, line)
			}
		}
	}
}

// Rendering twice gives the same bytes, so the order of maps does not matter.
func TestDeterministic(t *testing.T) {
	for _, dir := range cases(t) {
		in := load(t, dir)
		for _, format := range Formats() {
			first := render(t, format, in)
			for range 5 {
				if render(t, format, in) != first {
					t.Errorf("%s: %s differs from one rendering to the next", dir, format)
					break
				}
			}
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	in := load(t, "testdata/pass")
	err := Write(&bytes.Buffer{}, "pdf", in)
	if want := `unknown report format "pdf": use text, json, markdown`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestJSONIsTheVerdict(t *testing.T) {
	in := load(t, "testdata/fail-cpu")
	var got gate.Verdict
	if err := json.Unmarshal([]byte(render(t, "json", in)), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Verdict, &got); diff != "" {
		t.Errorf("the verdict changed on its way through JSON (-want +got):\n%s", diff)
	}
}
