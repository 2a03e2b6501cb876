package gobench

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/testdata"
)

// write writes the text to a new file.
func write(t testing.TB, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bench.txt")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

var approx = cmpopts.EquateApprox(1e-12, 0)

const sample = `goos: linux
goarch: amd64
pkg: example.org/a
cpu: a CPU
BenchmarkOne-8   	     100	      2000 ns/op	      64 B/op	       2 allocs/op	 5.0 hops
BenchmarkTwo/n=1-8  50	      4000 ns/op	  100 MB/s
BenchmarkOne-8   	     100	      2100 ns/op	      64 B/op	       2 allocs/op	 6.0 hops
PASS
pkg: example.org/b
BenchmarkOne-8   	     100	      9000 ns/op
Unit hops better=higher assume=exact
`

func TestRead(t *testing.T) {
	r, err := Read([]string{write(t, sample)}, "")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, b := range r.Header.Plan.Benchmarks {
		names = append(names, b.Suite+" "+b.Name)
	}
	if diff := cmp.Diff([]string{"example.org/a example.org/a.One-8", "example.org/a example.org/a.Two/n=1-8", "example.org/b example.org/b.One-8"}, names); diff != "" {
		t.Error("benchmarks: -want +got\n", diff)
	}
	if len(r.Sessions) != 1 || len(r.Sessions[0].Results) != 3 {
		t.Fatalf("sessions %+v", r.Sessions)
	}
	first := r.Sessions[0].Results[0].Samples
	if want := map[string][]float64{"sec/op": {2e-6, 2.1e-6}, "B/op": {64, 64}, "allocs/op": {2, 2}, "hops": {5, 6}}; !cmp.Equal(want, first, approx) {
		t.Errorf("samples %v, want %v", first, want)
	}
	if got := r.Sessions[0].Results[1].Samples["B/s"]; !cmp.Equal(got, []float64{100e6}) {
		t.Errorf("throughput %v, want 100e6 B/s", got)
	}
	if got := r.Header.Plan.Units; !cmp.Equal(got, map[string]bench.Unit{"hops": {Class: bench.Exact, Better: bench.Higher}}) {
		t.Errorf("units %v", got)
	}
	if e := r.Header.Environment; e.OS != "linux" || e.Arch != "amd64" || e.CPU != "a CPU" {
		t.Errorf("environment %+v", e)
	}
}

// TestProcesses tells the processes of a package from repetitions in one of them.
func TestProcesses(t *testing.T) {
	const start = "goos: linux\ngoarch: amd64\npkg: example.org/a\n"
	const a, b = "BenchmarkA 1 5 ns/op\n", "BenchmarkB 1 5 ns/op\n"
	for name, tt := range map[string]struct {
		files []string
		want  []int // of A
	}{
		"-count 3":            {[]string{start + a + a + a + b + b + b}, []int{0, 0, 0}},
		"three runs":          {[]string{start + a + b + "PASS\n" + start + a + b + "PASS\n" + start + a + b}, []int{0, 1, 2}},
		"of one benchmark":    {[]string{start + a + "PASS\n" + start + a}, []int{0, 1}},
		"without their start": {[]string{a + b + a + b}, []int{0, 1}},
		"-count 2, two runs":  {[]string{start + a + a + b + b + "PASS\n" + start + a + a + b + b}, []int{0, 0, 1, 1}},
		"files":               {[]string{a + a, a}, []int{0, 0, 1}},
		"two packages":        {[]string{start + a + "PASS\npkg: example.org/b\n" + a + b + "PASS\npkg: example.org/a\n" + a}, []int{0, 1}},
		"a line in parts":     {[]string{strings.Repeat(" ", 4093) + "\n" + start + a + start + a}, []int{0, 1}},
	} {
		var files []string
		for _, text := range tt.files {
			files = append(files, write(t, text))
		}
		r, err := Read(files, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Sessions[0].Results[0].Processes["sec/op"]; !slices.Equal(got, tt.want) {
			t.Errorf("%s: processes %v, want %v", name, got, tt.want)
		}
	}
}

func TestFilter(t *testing.T) {
	file := write(t, "toolchain: Base\nBenchmarkA 1 5 ns/op\ntoolchain: Tip\nBenchmarkA 1 7 ns/op 3 B/op\n")
	r, err := Read([]string{file}, "toolchain:Tip .unit:ns/op")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Sessions[0].Results[0].Samples; !cmp.Equal(got, map[string][]float64{"sec/op": {7e-9}}, approx) {
		t.Errorf("%v", got)
	}
	runs, err := ReadRuns([]string{file, write(t, "toolchain: Base\nBenchmarkA 1 5 ns/op\n")}, "toolchain:Tip")
	if err != nil || len(runs) != 1 {
		t.Errorf("%d runs, %v; want the one that has a line", len(runs), err)
	}
}

func TestErrors(t *testing.T) {
	for name, tt := range map[string]struct{ text, filter, want string }{
		"broken line": {"BenchmarkA 1 5\n", "", "bench.txt:1: "},
		"nothing":     {"PASS\n", "", "bench.txt: no Go benchmark result matches the filter"},
		"filtered":    {"BenchmarkA 1 5 ns/op\n", "pkg:x", "no Go benchmark result matches the filter"},
		"filter":      {"BenchmarkA 1 5 ns/op\n", "(", `filter "(": `},
	} {
		_, err := Read([]string{write(t, tt.text)}, tt.filter)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want %q in one line", name, err, tt.want)
		}
	}
	if _, err := Read([]string{"missing"}, ""); !os.IsNotExist(err) {
		t.Errorf("missing file: %v", err)
	}
}

// TestWrite reads what it wrote, as benchstat does.
func TestWrite(t *testing.T) {
	record := testdata.Record(t, "old")
	record.Sessions[1].Failed = "the controller exited"
	var out bytes.Buffer
	if err := Write(&out, record, ""); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Unit requests/op better=lower assume=exact\n", "arm: base\n", "arm: head\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("lacks %q:\n%.600s", want, out.String())
		}
	}
	for _, arm := range bench.Arms {
		r, err := Read([]string{write(t, out.String())}, "arm:"+string(arm))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, s := range record.Sessions {
			if s.Arm != arm || s.Failed != "" || s.Phase == bench.Confirm {
				continue
			}
			for _, result := range s.Results {
				for _, read := range r.Sessions[0].Results {
					for metric, v := range result.Metrics {
						if read.Benchmark == result.Benchmark && !slices.Contains(read.Samples[metric], v) {
							t.Errorf("%s %s %s: %v is not among %v", arm, result.Benchmark, metric, v, read.Samples[metric])
						}
					}
				}
			}
			n++
		}
		for _, read := range r.Sessions[0].Results {
			if got := len(read.Samples["requests/op"]); got != n {
				t.Errorf("%s %s: %d repetitions, want %d", arm, read.Benchmark, got, n)
			}
		}
	}
}

// FuzzRead checks that Read handles any file.
func FuzzRead(f *testing.F) {
	f.Add(sample, "")
	f.Add("BenchmarkA 1 NaN ns/op\nBenchmarkA 1 +Inf ns/op 0 B/op\n", "*")
	f.Add("Unit ns/op better=higher\nBenchmarkA-0 1 1e400 ns/op", "pkg:x")
	f.Add(":\x00\nBenchmark 9999999999999999999 1 x", ".unit:a")
	f.Fuzz(func(t *testing.T, text, filter string) {
		compiled, err := newFilter(filter)
		if err != nil {
			return
		}
		lines := newRun()
		reader := new(benchfmt.Reader)
		if err := lines.read(reader, strings.NewReader(text), "fuzz", compiled); err != nil {
			return
		}
		r := lines.toRecord("fuzz", reader.Units())
		for _, s := range r.Sessions {
			for _, result := range s.Results {
				for metric, v := range result.Samples {
					if _, known := r.Header.Plan.Metric(metric); !known {
						t.Fatalf("%q = %v is of no known unit", metric, v)
					}
					if n := result.Processes[metric]; len(n) != len(v) || !slices.IsSorted(n) {
						t.Fatalf("%q was measured by the processes %v", metric, n)
					}
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	var text strings.Builder
	for range 10_000 {
		text.WriteString("BenchmarkRun/10k/16-12 100 2000 ns/op 64 B/op 2 allocs/op\n")
	}
	file := write(b, text.String())
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Read([]string{file}, ""); err != nil {
			b.Fatal(err)
		}
	}
}
