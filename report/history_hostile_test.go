package report

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// nowhere matches a coordinate that is not a number.
var nowhere = regexp.MustCompile(` (d|points|x|y|x1|x2|y1|y2|cx|cy)="[^"]*(NaN|Inf)[^"]*"`)

// checkHistory checks the pages as a browser would show them. They have only
// allowed elements, and link only to each other, to their own parts and to commits.
func checkHistory(t *testing.T, h History) {
	t.Helper()
	elements := append([]string{"nav", "h3", "a", "figcaption", "path"}, htmlElements...)
	pages := historyPages(t, h)
	links := append([]string{"#", "https://example.com/kro/kro/commit/"}, slices.Collect(maps.Keys(pages))...)
	for name, page := range pages {
		if slug(strings.TrimSuffix(name, ".html"))+".html" != name {
			t.Errorf("a page is called %q", name)
		}
		checkXML(t, name, string(page), elements, links...)
		if nowhere := nowhere.FindString(string(page)); nowhere != "" {
			t.Errorf("%s draws at %s", name, nowhere)
		}
	}
}

func TestHistoryWellFormed(t *testing.T) {
	checkHistory(t, eventful())
	checkHistory(t, History{Policy: eventful().Policy, Unread: 2})
}

// The pages stay intact for any name of a store, a benchmark, a build or a machine,
// and for any measurement.
func FuzzHistory(f *testing.F) {
	f.Add("a|b`c\n<script>", "]]>&\"'", "\x00\xff\u202e", 1.0, 2.0, uint8(12))
	f.Add("../index", "index", "javascript:alert(1)", -1.0, 0.0, uint8(30))
	f.Add("", "/", strings.Repeat("0", 40), math.MaxFloat64, -math.MaxFloat64, uint8(12))
	f.Add("x", "\uffff", strings.Repeat("a", 500), 1e-320, 1e18, uint8(11))
	f.Add("x", "y", "z", 1e17, 1e17+16, uint8(10))
	f.Fuzz(func(t *testing.T, benchmark, metric, name string, before, after float64, commits uint8) {
		if !finite(before) || !finite(after) {
			t.Skip("neither can be in a record")
		}
		courses := map[string]course{bench.RequestPrefix + metric: step(before, 0, 0)}
		for _, m := range []string{"requests/op", "allocs/op", "cpu-sec/op", "ops/sec"} {
			courses[m] = func(i int) float64 {
				if i < int(commits)/2 {
					return before
				}
				return after
			}
		}
		h := historyOf(int(commits%40), map[string]map[string]course{benchmark: courses, benchmark + name: courses})
		for i := range h.Runs {
			r := &h.Runs[i]
			r.Name, r.Environment = name, []string{benchmark, metric, name}[i%3]
			header := &r.Record.Header
			header.Plan.Cluster, header.Plan.Profile, header.Environment.CPU, header.Environment.OS = name, metric, benchmark, name
			header.Builds[bench.Head] = bench.Build{Version: benchmark}
			for s := range r.Record.Sessions {
				for _, result := range r.Record.Sessions[s].Results {
					maps.DeleteFunc(result.Metrics, func(_ string, v float64) bool { return !finite(v) }) // noise can make a value infinite
				}
			}
		}
		checkHistory(t, h)
	})
}

// TestHistoryLinksCommitsAlone checks that no other name and no other scheme
// becomes a link.
func TestHistoryLinksCommitsAlone(t *testing.T) {
	for _, tt := range []struct {
		name, repository, want string
	}{
		{commitName(1), "https://example.com/kro/kro", `href="https://example.com/kro/kro/commit/` + commitName(1) + `"`},
		{commitName(1), "https://example.com/kro/kro/", `href="https://example.com/kro/kro/commit/` + commitName(1) + `"`},
		{commitName(1), "", ""},
		{"v0.9.4", "https://example.com/kro/kro", ""},
		{strings.ToUpper(commitName(1)), "https://example.com/kro/kro", ""},
		{commitName(1) + "/../..", "https://example.com/kro/kro", ""},
		{commitName(1), "javascript:alert(1)//", `href="#ZgotmplZ"`},
	} {
		h := historyOf(1, map[string]map[string]course{"CRUD": {"requests/op": flat(1)}})
		h.Runs[0].Name, h.Repository = tt.name, tt.repository
		page := string(historyPages(t, h)[historyEnvironment+".html"])
		if tt.want != "" && !strings.Contains(page, tt.want) {
			t.Errorf("%s in %q: no %s", tt.name, tt.repository, tt.want)
		}
		if tt.want == "" && strings.Contains(page, "/commit/") {
			t.Errorf("%s in %q is linked", tt.name, tt.repository)
		}
		if strings.Contains(page, "javascript:") {
			t.Errorf("%q became a link", tt.repository)
		}
	}
}

// TestHistoryScale checks that a change by a millionth does not look like a leap,
// and that one wild session does not flatten the medians of the commits.
func TestHistoryScale(t *testing.T) {
	run := func(values ...float64) gate.HistoryRun {
		return gate.HistoryRun{Values: values, Median: values[len(values)/2]}
	}
	for _, tt := range []struct {
		name        string
		runs        []gate.HistoryRun
		least, most float64 // of the span
	}{
		{"a millionth", []gate.HistoryRun{run(1000), run(1000.001)}, 5, 10},
		{"a wild session", []gate.HistoryRun{run(99, 100, 50_000), run(109, 110, 110)}, 11, 40},
		{"a wild commit", []gate.HistoryRun{run(99, 100, 101), run(49_000, 50_000, 50_000)}, 50_000, 150_000},
		{"nothing moved", []gate.HistoryRun{run(100, 100), run(100, 100)}, 10, 30},
		{"nothing at all", []gate.HistoryRun{run(0), run(0)}, 1e-10, 1},
	} {
		a := historyScale(gate.History{Runs: tt.runs}, 0, 100)
		if got := a.hi - a.lo; got < tt.least || got > tt.most {
			t.Errorf("%s: the scale is %v to %v", tt.name, a.lo, a.hi)
		}
		for _, r := range tt.runs {
			if r.Median < a.lo || r.Median > a.hi {
				t.Errorf("%s: %v is outside of %v to %v", tt.name, r.Median, a.lo, a.hi)
			}
		}
	}
}

// BenchmarkHistory renders 100 commits of 100 benchmarks with 10 metrics each.
// Every tenth benchmark changes. The page must stay usable: less than 10 MB.
func BenchmarkHistory(b *testing.B) {
	h := manyHistories()
	var size int
	for b.Loop() {
		size = 0
		for _, page := range historyPages(b, h) {
			size += len(page)
		}
	}
	b.ReportMetric(float64(size)/1e6, "MB")
	if size > 10e6 {
		b.Errorf("%d bytes", size)
	}
}

func manyHistories() History {
	metrics := []string{"errors/op", "requests/op", "reconciles/op", "allocs/op", "cpu-sec/op", "ready-p50-sec", "B/op", "ops/sec", "ready-p95-sec", "resident-B"}
	courses := map[string]map[string]course{}
	for i := range 100 {
		of := map[string]course{}
		for m, metric := range metrics {
			of[metric] = flat(float64(1+m) * 1234)
			if i%10 == 0 {
				of[metric] = step(float64(1+m)*1234, 30+i/2, 1.2)
			}
		}
		courses[fmt.Sprintf("CRUD/op=create/shape=flat/n=%d", i)] = of
	}
	return historyOf(100, courses)
}
