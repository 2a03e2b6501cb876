package main

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

var (
	evaluate = flag.String("evaluate", "", "`directory` of golang.org/x/perf/cmd/benchseries/testdata: rewrite the table in docs/evaluation.md")
	doc      = filepath.Join("..", "..", "docs", "evaluation.md")
)

// TestEvaluate compares the rules on 23 days of the same binary with ten samples a
// day. It goes forward in time: any two days are base and head, the earlier one is base,
// and the other days before head are history. The days on which a benchmark moved for
// good are never head: what is found there is no false alarm.
func TestEvaluate(t *testing.T) {
	if *evaluate == "" {
		t.Skip("takes minutes; see make evaluate")
	}
	files, runs := toolchainRuns(t, *evaluate)
	var table bytes.Buffer
	o := calibrate.DefaultOptions()
	fmt.Fprintf(&table, "| rule | suite red, nothing changed |")
	for _, c := range o.Changes {
		fmt.Fprintf(&table, " +%.0f %% found |", 100*c.Size)
	}
	fmt.Fprintf(&table, "\n|---|--:|%s\n", "--:|--:|--:|--:|")

	o.Policy, o.Sessions, o.Forward = gate.GoPolicy(), 10, true
	moved, left := movedForGood(t, files, runs, o.Policy)
	o.Moved = moved
	ours, err := calibrate.Replay(runs, o)
	if err != nil {
		t.Fatal(err)
	}
	row(&table, "**perf-gate**", ours)
	o.Alone = true
	alone, err := calibrate.Replay(runs, o)
	if err != nil {
		t.Fatal(err)
	}
	row(&table, "perf-gate without history", alone)
	for _, r := range rivals {
		row(&table, r.name, r.replay(runs, o))
	}
	fmt.Fprintf(&table, "\nNever head, because a benchmark moved there for good:\n\n%s", left)
	t.Logf("\n%s", table.String())

	if red, most := ours.Red, ours.Trials/100; red > most {
		t.Errorf("%d of %d pairs of days are red: %v", red, ours.Trials, ours.Alarms)
	}
	for i, least := range map[int]float64{1: 0.90, 2: 0.98} {
		if all := ours.Found[i].All(); float64(all.Hits) < least*float64(all.Of) {
			t.Errorf("%v: %d of %d found, want %v", ours.Found[i].Change, all.Hits, all.Of, least)
		}
	}
	rewrite(t, doc, "evaluate", table.String())
}

// movedForGood returns the runs with which a gated benchmark changed its level, and a
// list of them. Two days after it confirm a level.
func movedForGood(t *testing.T, files []string, runs []*bench.Record, p gate.Policy) (moved []int, list string) {
	t.Helper()
	histories, err := gate.Histories(runs, p)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range histories {
		for _, c := range h.Changes {
			at := h.Runs[c.Run].Record
			if h.Gated && c.Worse && !c.Crept && math.Abs(c.After/c.Before-1) > p.Tolerance[h.Class] && at+2 < len(runs) {
				moved = append(moved, at)
				list += fmt.Sprintf("- `%s`: `%s` took %.1f µs before and %.1f µs since\n", filepath.Base(files[at]), h.Benchmark, 1e6*c.Before, 1e6*c.After)
			}
		}
	}
	return moved, list
}

func row(table *bytes.Buffer, name string, r *calibrate.Result) {
	fmt.Fprintf(table, "| %s | %.1f %% (%d of %d) |", name, 100*float64(r.Red)/float64(r.Trials), r.Red, r.Trials)
	for _, d := range r.Found {
		all := d.All()
		fmt.Fprintf(table, " %.1f %% |", 100*float64(all.Hits)/float64(all.Of))
	}
	fmt.Fprintln(table)
}

// replay tries a rival's rule as calibrate.Replay tries a policy.
func (r rival) replay(runs []*bench.Record, o calibrate.Options) *calibrate.Result {
	benchmarks := runs[0].Header.Plan.Benchmarks
	values := make([][][]float64, len(runs)) // by run and benchmark
	for i, run := range runs {
		values[i] = make([][]float64, len(benchmarks))
		for j, b := range benchmarks {
			for _, result := range run.Sessions[0].Results {
				if result.Benchmark == b.Name {
					values[i][j] = result.Samples["sec/op"][:o.Sessions]
				}
			}
		}
	}
	result := &calibrate.Result{}
	for _, change := range o.Changes {
		result.Found = append(result.Found, calibrate.Detection{Change: change, Metrics: map[string]calibrate.Share{}})
	}
	for base := range runs {
		for head := range runs {
			if base >= head || head <= gate.MinHistory || slices.Contains(o.Moved, head) {
				continue
			}
			red := false
			for j := range benchmarks {
				var history [][]float64
				for i := range head {
					if i != base {
						history = append(history, values[i][j])
					}
				}
				red = r.rule(values[base][j], values[head][j], history) || red
				for i, change := range o.Changes {
					if (j+result.Trials)%change.Every != 0 {
						continue
					}
					slowed := make([]float64, 0, o.Sessions)
					for _, v := range values[head][j] {
						slowed = append(slowed, v*(1+change.Size))
					}
					share := result.Found[i].Metrics["sec/op"]
					share.Of++
					if r.rule(values[base][j], slowed, history) {
						share.Hits++
					}
					result.Found[i].Metrics["sec/op"] = share
				}
			}
			if red {
				result.Red++
			}
			result.Trials++
		}
	}
	return result
}

// rewrite puts the tables of a make target into a document, between its markers.
func rewrite(t *testing.T, doc, target, tables string) {
	t.Helper()
	text, err := os.ReadFile(doc)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := fmt.Sprintf("<!-- make %s: begin -->\n", target), fmt.Sprintf("<!-- make %s: end -->\n", target)
	before, rest, ok := bytes.Cut(text, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		t.Fatalf("%s has no markers %q and %q", doc, begin, end)
	}
	if err := os.WriteFile(doc, fmt.Appendf(nil, "%s%s%s%s%s", before, begin, tables, end, after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// toolchainRuns reads the measurements of Go 1.17, one run per day, the oldest first.
func toolchainRuns(t *testing.T, dir string) (files []string, runs []*bench.Record) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "Go1.17-opt.*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s: %v", dir, err)
	}
	slices.SortFunc(files, func(a, b string) int { return strings.Compare(filepath.Base(a), filepath.Base(b)) })
	if runs, err = gobench.ReadRuns(files, "toolchain:Base .unit:ns/op"); err != nil {
		t.Fatal(err)
	}
	if len(runs) != len(files) {
		t.Fatalf("%d runs in %d files", len(runs), len(files))
	}
	return files, runs
}
