package gotest

import (
	"context"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/kro/perf-gate/bench"
)

// module is a module with benchmarks. Those of package sum differ between the arms.
const module = `
-- go.mod --
module example.org/m

go 1.24
-- sum/sum.go --
package sum

func Sum(n int) (sum int) {
	for i := range n {
		sum += i
	}
	return sum
}
-- sum/sum_test.go --
package sum

import (
	"fmt"
	"os"
	"testing"
)

var sink []byte

func BenchmarkSum(b *testing.B) {
	for _, n := range []int{10, 1000} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				sink = make([]byte, Sum(n)%100+1)
			}
			b.ReportMetric(float64(n), "items")
		})
	}
}

func BenchmarkWrites(b *testing.B) {
	if err := os.WriteFile("written", nil, 0o644); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
	}
}

func Benchmarking(b *testing.B) { b.Fatal("is no benchmark") }
-- other/other_test.go --
package other

import "testing"

func BenchmarkSame(b *testing.B) {
	for b.Loop() {
	}
}
`

// tree writes a module with other files in place of some, or without those that are empty.
func tree(t *testing.T, other string) *Tree {
	t.Helper()
	files := map[string]string{}
	for _, archive := range []string{module, other} {
		for _, f := range txtar.Parse([]byte(archive)).Files {
			files[f.Name] = string(f.Data)
		}
	}
	dir := t.TempDir()
	for name, content := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	tree := &Tree{Module: "example.org/m", Dir: dir}
	if err := tree.CopyTo(filepath.Join(t.TempDir(), "copy")); err != nil {
		t.Fatal(err)
	}
	return tree
}

// prepare prepares the benchmarks of two trees.
func prepare(t *testing.T, head string, r Request) *Benches {
	t.Helper()
	r.Trees = map[bench.Arm]*Tree{bench.Base: tree(t, ""), bench.Head: tree(t, head)}
	r.Own, r.Dir, r.Progress = true, t.TempDir(), func(string) {}
	before := map[bench.Arm][]string{}
	for arm, tree := range r.Trees {
		before[arm] = listing(t, tree.Dir)
	}
	b, err := Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	for arm, tree := range r.Trees {
		if diff := cmp.Diff(before[arm], listing(t, tree.Dir)); diff != "" {
			t.Errorf("the tree of %s has changed:\n%s", arm, diff)
		}
	}
	return b
}

func listing(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		files = append(files, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func names(list []bench.Benchmark) (names []string) {
	for _, b := range list {
		names = append(names, b.Name)
	}
	return names
}

func TestRun(t *testing.T) {
	b := prepare(t, "-- sum/sum.go --\npackage sum\n\nfunc Sum(n int) int { return n }\n", Request{Bench: "Sum|Writes|Same"})
	want := []string{"Go/other.Same", "Go/sum.Sum/n=10", "Go/sum.Sum/n=1000", "Go/sum.Writes"}
	if diff := cmp.Diff(want, names(b.Benchmarks)); diff != "" {
		t.Error("benchmarks: -want +got\n", diff)
	}
	plan := bench.Plan{Benchmarks: b.Benchmarks, Units: b.Units}
	if sweeps := plan.Sweeps(); len(sweeps) != 1 || sweeps[0].Name != "Go/sum.Sum/n=*" {
		t.Errorf("sweeps %+v", sweeps)
	}
	if m, ok := plan.Metric("items"); !ok || m.Class != bench.Timing {
		t.Errorf("the unit that a benchmark reports is %+v, %v", m, ok)
	}
	b.Fit(0, 2)
	var order []string
	started := func(arm bench.Arm, b bench.Benchmark) { order = append(order, string(arm)+" "+b.Name) }
	sessions := []*bench.Session{{Arm: bench.Base}, {Arm: bench.Head}}
	if err := b.Run(t.Context(), b.Notes, sessions, nil, started); err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		var measured []string
		for _, result := range s.Results {
			measured = append(measured, result.Benchmark)
			for _, metric := range []string{bench.SecPerOp, bench.AllocsPerOp, bench.BytesPerOp} {
				if n := len(result.Samples[metric]); n != repetitions {
					t.Errorf("%s %s: %d repetitions of %s, want %d", s.Arm, result.Benchmark, n, metric, repetitions)
				}
			}
			if result.Errors != 0 || result.Metrics[bench.SecPerOp] < 0 || result.Metrics[bench.ErrorsPerOp] != 0 {
				t.Errorf("%s: %+v", s.Arm, result)
			}
		}
		if diff := cmp.Diff(want, measured); diff != "" {
			t.Errorf("%s measured: -want +got\n%s", s.Arm, diff)
		}
	}
	// A process has the benchmarks of one function, or of one group below it.
	turns := []string{
		"base Go/other.Same", "head Go/other.Same", "head Go/sum.Sum/n=10", "base Go/sum.Sum/n=10",
		"base Go/sum.Sum/n=1000", "head Go/sum.Sum/n=1000", "head Go/sum.Writes", "base Go/sum.Writes",
	}
	if diff := cmp.Diff(turns, order); diff != "" {
		t.Error("turns: -want +got\n", diff)
	}
}

// TestNotMeasured notes what is not measured, and why.
func TestNotMeasured(t *testing.T) {
	for name, tt := range map[string]struct {
		head  string
		r     Request
		want  []string // benchmarks
		notes bench.GoBenchmarks
	}{
		"equal programs": {"", Request{Changed: true}, nil, bench.GoBenchmarks{Same: []string{"other", "sum"}}},
		"one changed package": {"-- sum/sum.go --\npackage sum\n\nfunc Sum(n int) int { return n }\n", Request{Changed: true},
			[]string{"Go/sum.Sum/n=10", "Go/sum.Sum/n=1000", "Go/sum.Writes"}, bench.GoBenchmarks{Same: []string{"other"}}},
		"a file that benchmarks read": {"-- other/testdata/x --\n1\n", Request{Changed: true}, []string{"Go/other.Same"}, bench.GoBenchmarks{Same: []string{"sum"}}},
		"head has another": {"-- other/other_test.go --\npackage other\n\nimport \"testing\"\n\nfunc BenchmarkNew(b *testing.B) {\n\tfor b.Loop() {\n\t}\n}\n",
			Request{Packages: []string{"./other"}}, []string{"Go/other.Same"}, bench.GoBenchmarks{
				Packages: []string{"./other"}, Edited: []string{"other"},
				OnlyIn: map[bench.Arm][]string{bench.Base: {"Go/other.Same"}, bench.Head: {"Go/other.New"}},
			}},
		"head has another, but base's count": {"-- other/other_test.go --\npackage other\n\nimport \"testing\"\n\nfunc BenchmarkNew(b *testing.B) {\n\tfor b.Loop() {\n\t}\n}\n",
			Request{Packages: []string{"./other"}, Source: bench.Base}, []string{"Go/other.Same"},
			bench.GoBenchmarks{Packages: []string{"./other"}, Source: bench.Base}},
		"head does not build": {"-- sum/sum.go --\npackage sum\n", Request{Bench: "Sum"}, []string{"Go/sum.Sum/n=10", "Go/sum.Sum/n=1000"}, bench.GoBenchmarks{
			Bench: "Sum", Broken: map[bench.Arm]map[string]string{bench.Head: {"sum": "undefined: Sum"}},
			OnlyIn: map[bench.Arm][]string{bench.Base: {"Go/sum.Sum/n=10", "Go/sum.Sum/n=1000"}},
		}},
		"fails in head": {"-- sum/sum.go --\npackage sum\n\nfunc Sum(n int) int { panic(\"no\") }\n", Request{Bench: "Sum/n=10$"}, []string{"Go/sum.Sum/n=10"},
			bench.GoBenchmarks{Bench: "Sum/n=10$", OnlyIn: map[bench.Arm][]string{bench.Base: {"Go/sum.Sum/n=10"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := prepare(t, tt.head, tt.r)
			if diff := cmp.Diff(tt.want, names(b.Benchmarks)); diff != "" {
				t.Error("benchmarks: -want +got\n", diff)
			}
			for arm, packages := range tt.notes.Broken {
				for label, said := range packages {
					if got := b.Notes.Broken[arm][label]; !strings.Contains(got, said) {
						t.Errorf("%s in %s does not build: %q, want %q", label, arm, got, said)
					}
				}
			}
			if got, want := len(b.Notes.Broken[bench.Head]), len(tt.notes.Broken[bench.Head]); got != want {
				t.Errorf("%d packages of head do not build, want %d: %v", got, want, b.Notes.Broken)
			}
			tt.notes.Broken, b.Notes.Broken = nil, nil
			for _, m := range []map[bench.Arm][]string{tt.notes.OnlyIn, b.Notes.OnlyIn} {
				maps.DeleteFunc(m, func(_ bench.Arm, list []string) bool { return len(list) == 0 })
			}
			if diff := cmp.Diff(tt.notes, b.Notes, cmp.Comparer(func(a, b map[string]string) bool { return maps.Equal(a, b) }),
				cmp.Comparer(func(a, b map[bench.Arm][]string) bool { return maps.EqualFunc(a, b, slices.Equal) })); diff != "" {
				t.Error("notes: -want +got\n", diff)
			}
		})
	}
}

// TestFailing counts a benchmark that fails in a process as failed.
func TestFailing(t *testing.T) {
	b := prepare(t, "-- sum/sum.go --\npackage sum\n\nimport \"os\"\n\nfunc Sum(n int) int {\n\tif _, err := os.Stat(\"/nowhere/\"); err != nil && n > 10 {\n\t\tos.Exit(3)\n\t}\n\treturn n\n}\n", Request{Bench: "Sum"})
	b.Fit(0, 2)
	head := &bench.Session{Arm: bench.Head}
	if err := b.Run(t.Context(), b.Notes, []*bench.Session{head}, nil, func(bench.Arm, bench.Benchmark) {}); err != nil {
		t.Fatal(err)
	}
	for _, result := range head.Results {
		want := 0
		if result.Benchmark == "Go/sum.Sum/n=1000" {
			want = 1
		}
		if result.Errors != want || result.Ops != 1 || len(result.Messages) != want {
			t.Errorf("%+v, want %d failed", result, want)
		}
	}
}

// TestInterrupted ends the program with the run.
func TestInterrupted(t *testing.T) {
	b := prepare(t, "", Request{Packages: []string{"./other"}})
	b.Notes.Repetitions, b.Notes.RepetitionSeconds = 5, 60
	ctx, cancel := context.WithCancel(t.Context())
	err := b.Run(ctx, b.Notes, []*bench.Session{{Arm: bench.Head}}, nil, func(bench.Arm, bench.Benchmark) { cancel() })
	if err == nil || ctx.Err() == nil {
		t.Errorf("%v, want an error", err)
	}
}

func TestFunctions(t *testing.T) {
	for expression, want := range map[string][]string{
		"":               {"One", "Two", "Three"},
		".":              {"One", "Two", "Three"},
		"T":              {"Two", "Three"},
		"^BenchmarkTwo$": {"Two"},
		"One|Two/x":      {"One", "Two"},
		"(One|Two)/x":    {"One", "Two"},
		"One/[|/]":       {"One"},
	} {
		wanted, err := functions(expression)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc([]string{"One", "Two", "Three"}, func(name string) bool { return !wanted(name) })
		if !slices.Equal(got, want) {
			t.Errorf("%q selects %v, want %v", expression, got, want)
		}
	}
	if _, err := functions("One["); err == nil {
		t.Error("a regular expression that does not compile is accepted")
	}
}

// FuzzRead checks that the output of a benchmark cannot break the reader.
func FuzzRead(f *testing.F) {
	f.Add("BenchmarkA-2 \t 10\t 5 ns/op\t 1 B/op\n--- FAIL: BenchmarkB/x-2\n    a_test.go:3: no\nUnit x better=higher\n")
	f.Add("--- FAIL: Benchmark\nBenchmark 1 NaN x")
	f.Fuzz(func(t *testing.T, output string) {
		o := read([]byte(output))
		for _, name := range o.benchmarks() {
			if o.failure(name) == "" && len(o.samples(name)) == 0 {
				t.Errorf("%q has no values, and did not fail", name)
			}
		}
	})
}
