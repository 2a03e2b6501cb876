package report

import (
	"bytes"
	"crypto/sha1"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A course returns the value of a metric in a commit, numbered from 0.
type course func(commit int) float64

func flat(v float64) course { return func(int) float64 { return v } }

// step returns a course with the value v that changes by a factor at a commit.
func step(v float64, at int, factor float64) course {
	return func(commit int) float64 {
		if commit < at {
			return v
		}
		return v * factor
	}
}

// creep returns a course that grows by a factor every few commits.
func creep(v float64, every int, factor float64) course {
	return func(commit int) float64 { return v * math.Pow(factor, float64(commit/every)) }
}

const historyEnvironment = "simulation-quick-linux-amd64-2cpu-5e6f1a2b3c"

// commitName returns a made-up hash.
func commitName(i int) string { return fmt.Sprintf("%x", sha1.Sum([]byte{byte(i >> 8), byte(i)})) }

// historyOf makes up a store. Each commit has six sessions, whose metrics follow the
// courses, with the noise of their class.
func historyOf(commits int, courses map[string]map[string]course) History {
	random := rand.New(rand.NewPCG(40, 12))
	noise := map[bench.Class]float64{bench.Steady: 0.001, bench.Timing: 0.02, bench.Memory: 0.02}
	plan := bench.Plan{Cluster: "simulation", Profile: "quick", Suites: []string{"crud"}}
	for _, name := range sortedKeys(courses) {
		plan.Benchmarks = append(plan.Benchmarks, bench.Benchmark{Name: name, Suite: "crud", Ops: 10})
	}
	h := History{Policy: gate.DefaultPolicy(), Repository: "https://example.com/kro/kro"}
	for i := range commits {
		r := &bench.Record{Header: bench.Header{
			Schema: bench.Schema, Tool: "v0.1.0", Created: time.Date(2026, 2, 1+i, 6, 0, 0, 0, time.UTC), Plan: plan,
			Environment: bench.Environment{OS: "linux", Arch: "amd64", CPU: "AMD EPYC 7763 64-Core Processor", CPUs: 2, MemoryB: 8 << 30, Kernel: "6.11.0", Go: "go1.26.8", Kubernetes: "v1.34.1"},
			Builds:      map[bench.Arm]bench.Build{bench.Head: {Ref: ".", Version: fmt.Sprintf("v0.9.4-%d-g%.7s", i+1, commitName(i)), Kind: "git"}},
		}}
		for n := range 6 {
			s := bench.Session{Index: 2 * n, Round: n, Arm: bench.Head}
			for _, b := range plan.Benchmarks {
				result := bench.Result{Benchmark: b.Name, Ops: 10, Metrics: map[string]float64{}}
				for _, metric := range sortedKeys(courses[b.Name]) {
					m, _ := bench.Lookup(metric)
					v := courses[b.Name][metric](i)
					if sigma := noise[m.Class]; sigma > 0 {
						v *= 1 + sigma*random.NormFloat64()
					}
					result.Metrics[metric] = v
				}
				s.Results = append(s.Results, result)
			}
			r.Sessions = append(r.Sessions, s)
		}
		h.Runs = append(h.Runs, HistoryRun{historyEnvironment, commitName(i), r})
	}
	return h
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// eventful returns a history with a step of 12 % in CPU time, a slow creep of
// allocations, and one request more and later one less.
func eventful() History {
	return historyOf(40, map[string]map[string]course{
		"CRUD/op=create/shape=flat/n=10": {
			"errors/op": flat(0), "requests/op": func(i int) float64 {
				return 9 + step(0, 0, 0)(i) + map[bool]float64{true: 1}[i >= 12 && i < 30]
			},
			"allocs/op": flat(15_400), "cpu-sec/op": step(0.004_1, 22, 1.12), "ready-p50-sec": flat(0.021), "B/op": flat(1.9e6), "resident-B": step(80e6, 22, 1.3),
		},
		"CRUD/op=noop/shape=flat/n=10": {
			"errors/op": flat(0), "requests/op": flat(3), "cpu-sec/op": flat(0.0009), "allocs/op": flat(4_100), "B/op": flat(0.4e6),
		},
		"CRUD/op=update/shape=flat/n=10": {
			"errors/op": flat(0), "requests/op": flat(4), "allocs/op": creep(8_200, 4, 1.004), "cpu-sec/op": flat(0.002_2), "ready-p50-sec": flat(0.013),
		},
	})
}

func historyPages(t testing.TB, h History) map[string][]byte {
	t.Helper()
	pages, err := HistoryPages(h)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func TestHistoryGolden(t *testing.T) {
	out := t.TempDir()
	h := eventful()
	h.Runs[22].Record.Header.Accepted = []bench.Acceptance{
		{Metric: "cpu-sec/op", By: "alice", Reason: "the price of the cache", URL: "https://example.com/kro/kro/pull/7"},
		{By: "<b>bob</b>", Reason: "it does more & better"},
	}
	paths, err := WriteHistory(out, h)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		names = append(names, filepath.Base(path))
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		golden(t, filepath.Join("testdata", "history", filepath.Base(path)), string(content))
	}
	if diff := cmp.Diff([]string{historyEnvironment + ".html", "index.html"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestHistoryDeterministic checks that the order of the store or of a map does not
// matter.
func TestHistoryDeterministic(t *testing.T) {
	h := eventful()
	want := historyPages(t, h)
	slices.Reverse(h.Runs)
	if diff := cmp.Diff(want, historyPages(t, h)); diff != "" {
		t.Error(diff)
	}
}

// shownChanges returns the rows of the tables of changes, in order: commit,
// benchmark, metric, values and change.
func shownChanges(page []byte) (rows []string, err error) {
	type row struct {
		Class string  `xml:"class,attr"`
		Head  inner   `xml:"th"`
		Cells []inner `xml:"td"`
	}
	d := xml.NewDecoder(bytes.NewReader(page))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return nil, err
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "table" || !slices.ContainsFunc(start.Attr, func(a xml.Attr) bool { return strings.HasSuffix(a.Value, " changes") }) {
			continue
		}
		var table struct {
			Rows []row `xml:"tbody>tr"`
		}
		if err := d.DecodeElement(&table, &start); err != nil {
			return nil, err
		}
		commit := ""
		for _, r := range table.Rows {
			if r.Class == "commit" {
				commit = r.Head.text()
				continue
			}
			cells := []string{commit}
			for _, c := range r.Cells {
				cells = append(cells, c.text())
			}
			rows = append(rows, strings.Join(cells, " | "))
		}
	}
}

// inner is the content of an element.
type inner struct {
	XML string `xml:",innerxml"`
}

var tag = regexp.MustCompile(`<[^>]*>`)

// text returns the text of the element.
func (i inner) text() string { return html.UnescapeString(tag.ReplaceAllString(i.XML, "")) }

func TestHistoryShowsChanges(t *testing.T) {
	h := eventful()
	page := string(historyPages(t, h)[historyEnvironment+".html"])
	rows, err := shownChanges([]byte(page))
	if err != nil {
		t.Fatal(err)
	}
	at := func(i int) string {
		return fmt.Sprintf("%.7s 2026-0%d-%02d, commit %d", commitName(i), 2+i/28, i%28+1, i+1)
	}
	for _, want := range []string{
		at(30) + " | CRUD/op=create/shape=flat/n=10 | requests/op | 10 → 9 | −1 (−10.0 %)",
		at(22) + " | CRUD/op=create/shape=flat/n=10 | cpu-sec/op | 4.10 ms → 4.57 ms | +11.5 %",
		at(12) + " | CRUD/op=create/shape=flat/n=10 | requests/op | 9 → 10 | +1 (+11.1 %)",
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("no row %q in\n%s", want, strings.Join(rows, "\n"))
		}
	}
	if !slices.ContainsFunc(rows, func(r string) bool {
		return strings.Contains(r, "CRUD/op=update/shape=flat/n=10 | allocs/op") && strings.Contains(r, "since this commit, in steps within the tolerance")
	}) {
		t.Errorf("the creep is missing:\n%s", strings.Join(rows, "\n"))
	}
	if want := fmt.Sprintf(`href="https://example.com/kro/kro/commit/%s"`, commitName(22)); !strings.Contains(page, want) {
		t.Errorf("no link %s", want)
	}
}

// TestHistorySaysWhatItCannotShow checks the notes on too few commits, on commits
// without the metric, and on more changes than fit into a caption.
func TestHistorySaysWhatItCannotShow(t *testing.T) {
	h := historyOf(9, map[string]map[string]course{"CRUD": {"allocs/op": flat(100), "requests/op": func(i int) float64 { return float64(i % 2) }}})
	h.Runs[0].Record.Header.Plan.Benchmarks = []bench.Benchmark{{Name: "CRUD", Ops: 99}}
	page := string(historyPages(t, h)[historyEnvironment+".html"])
	for _, want := range []string{
		"Too few commits to distinguish a change from chance: 8 of 10.",
		"Measured in 8 of 9 commits. The others did not measure it, or used a different number of operations.",
		"The table above has 1 earlier change.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if rows, err := shownChanges([]byte(page)); err != nil || len(rows) != 7 {
		t.Errorf("%d changes, %v; want 7", len(rows), err)
	}
}

func TestCommitTicks(t *testing.T) {
	for commits, want := range map[int][]int{
		1: {1}, 3: {1, 2, 3}, 9: {1, 2, 4, 6, 8}, 40: {1, 5, 10, 15, 20, 25, 30, 35, 40}, 100: {1, 20, 40, 60, 80, 100},
	} {
		if diff := cmp.Diff(want, commitTicks(commits)); diff != "" {
			t.Errorf("%d commits: %s", commits, diff)
		}
	}
}

// TestHistoryShowsEveryChange checks that a page shows exactly the changes that the
// gate finds, once in the table and once on the chart.
func TestHistoryShowsEveryChange(t *testing.T) {
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		courses := map[string]map[string]course{}
		for b := range rapid.IntRange(1, 3).Draw(t, "benchmarks") {
			metrics := map[string]course{}
			for _, m := range []string{"requests/op", "allocs/op", "cpu-sec/op", "B/op", "ops/sec"} {
				base := float64(rapid.IntRange(1, 1_000_000).Draw(t, m))
				at, factor := rapid.IntRange(0, 30).Draw(t, "at"), rapid.SampledFrom([]float64{0.5, 0.9, 1, 1.12, 3}).Draw(t, "factor")
				metrics[m] = step(base, at, factor)
				if rapid.Bool().Draw(t, "creeps") {
					metrics[m] = creep(base, 3, rapid.SampledFrom([]float64{0.99, 1.01, 1.03}).Draw(t, "by"))
				}
			}
			courses[fmt.Sprintf("CRUD/n=%d", b)] = metrics
		}
		h := historyOf(rapid.IntRange(1, 40).Draw(t, "commits"), courses)
		pages, err := HistoryPages(h)
		if err != nil {
			t.Fatal(err)
		}
		page := pages[historyEnvironment+".html"]
		var records []*bench.Record
		for _, r := range h.Runs {
			records = append(records, r.Record)
		}
		histories, err := gate.Histories(records, h.Policy)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, of := range histories {
			for _, c := range of.Changes {
				row := newChangeRow(of, c)
				change := row.Change
				if c.Crept {
					change += "since this commit, in steps within the tolerance"
				}
				i := of.Runs[c.Run].Record
				want = append(want, fmt.Sprintf("%.7s %s, commit %d | %s | %s | %s → %s | %s", h.Runs[i].Name, h.Runs[i].Record.Header.Created.Format("2006-01-02"), i+1,
					row.Benchmark, row.Metric, row.Before, row.After, change))
			}
		}
		got, err := shownChanges(page)
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		if marks := strings.Count(string(page), `stroke-dasharray="3 3"`); marks != len(want) {
			t.Fatalf("%d marks for %d changes", marks, len(want))
		}
		seen += len(want)
	})
	if seen == 0 {
		t.Error("there was no change to show")
	}
}
