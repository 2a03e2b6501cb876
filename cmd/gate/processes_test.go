package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

var processes = flag.String("processes", "", "`directory` in which testdata/processes.sh measured: rewrite the table of processes in docs/evaluation.md")

// A comparing is a way to compare occasions on which one binary ran in ten processes.
type comparing struct {
	name string
	// each has every process compared on its own; otherwise the ten of an occasion are
	// a run.
	each bool
	// repetitions takes each repetition for a process, which none of the rules does.
	repetitions bool
	history     bool
	mostRed     float64 // share of the trials
}

// comparings are the rows of the table. Without a history, nothing shows how much
// occasions differ, so that ten processes against ten have no bound.
var comparings = []comparing{
	{"one process against one, were repetitions sessions", true, true, false, 1},
	{"one process against one", true, false, false, 0.05},
	{"one process against one, with history", true, false, true, 0.05},
	{"ten processes against ten", false, false, false, 1},
	{"ten processes against ten, with history", false, false, true, 0.05},
}

// TestEvaluateProcesses takes any two occasions as base and head, and the others as
// history. Ten suites are drawn for each size.
func TestEvaluateProcesses(t *testing.T) {
	if *processes == "" {
		t.Skip("takes minutes; see make evaluate-processes")
	}
	apart, together := occasions(t, *processes)
	all := len(apart[0][0].Header.Plan.Benchmarks)
	o := calibrate.DefaultOptions()
	o.Policy, o.Changes, o.Trials = gate.GoPolicy(), calibrate.Slowdowns(0.05, 0.10, 0.25, 0.50, 1), 20

	var table bytes.Buffer
	fmt.Fprint(&table, "| base and head | benchmarks | red, nothing changed |")
	for _, change := range o.Changes {
		fmt.Fprintf(&table, " +%.0f %% found |", 100*change.Size)
	}
	fmt.Fprint(&table, "\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, c := range comparings {
		for _, size := range []int{12, 50, all} {
			var trials []*calibrate.Result
			o.Alone = !c.history
			for i, series := range apart {
				if !c.each {
					series = together
				}
				if c.repetitions {
					series = asProcesses(series)
				}
				result, err := calibrate.Replay(suiteOf(series, size, uint64(i)), o)
				if err != nil {
					t.Fatal(err)
				}
				trials = append(trials, result)
			}
			red, of := 0, 0
			for _, r := range trials {
				red, of = red+r.Red, of+r.Trials
			}
			fmt.Fprintf(&table, "| %s | %d | %.1f %% (%d of %d) |", c.name, size, 100*float64(red)/float64(of), red, of)
			for i := range o.Changes {
				var found calibrate.Share
				for _, r := range trials {
					share := r.Found[i].Metrics[bench.SecPerOp]
					found.Hits, found.Of = found.Hits+share.Hits, found.Of+share.Of
				}
				fmt.Fprintf(&table, " %.1f %% |", 100*float64(found.Hits)/float64(found.Of))
			}
			fmt.Fprintln(&table)
			if float64(red) > c.mostRed*float64(of) {
				t.Errorf("%s, %d benchmarks: %d of %d are red", c.name, size, red, of)
			}
		}
	}
	t.Logf("\n%s", table.String())
	rewrite(t, doc, "evaluate-processes", table.String())
}

// occasions reads the processes of all occasions: as a series of runs for each process of
// an occasion, and as one whose runs have all of them.
func occasions(t *testing.T, dir string) (apart [][]*bench.Record, together []*bench.Record) {
	t.Helper()
	dirs, err := filepath.Glob(filepath.Join(dir, "[0-9][0-9]"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no occasion in %s: %v", dir, err)
	}
	for _, d := range dirs {
		files, err := filepath.Glob(filepath.Join(d, "*.txt"))
		if err != nil {
			t.Fatal(err)
		}
		each, err := gobench.ReadRuns(files, "")
		if err != nil {
			t.Fatal(err)
		}
		all, err := gobench.Read(files, "")
		if err != nil {
			t.Fatal(err)
		}
		if apart == nil {
			apart = make([][]*bench.Record, len(each))
		}
		for i := range apart {
			apart[i] = append(apart[i], each[i])
		}
		together = append(together, all)
	}
	return apart, together
}

// suiteOf returns the runs with a number of their benchmarks, which the seed draws.
func suiteOf(runs []*bench.Record, size int, seed uint64) []*bench.Record {
	benchmarks := slices.Clone(runs[0].Header.Plan.Benchmarks)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(benchmarks), func(i, j int) { benchmarks[i], benchmarks[j] = benchmarks[j], benchmarks[i] })
	benchmarks = benchmarks[:size]
	return eachSession(runs, benchmarks, func(result bench.Result) (bench.Result, bool) {
		return result, slices.ContainsFunc(benchmarks, func(b bench.Benchmark) bool { return b.Name == result.Benchmark })
	})
}

// asProcesses returns the runs with each repetition as a process of its own.
func asProcesses(runs []*bench.Record) []*bench.Record {
	return eachSession(runs, runs[0].Header.Plan.Benchmarks, func(result bench.Result) (bench.Result, bool) {
		processes := map[string][]int{}
		for metric, values := range result.Samples {
			for i := range values {
				processes[metric] = append(processes[metric], i)
			}
		}
		result.Processes = processes
		return result, true
	})
}

// eachSession returns the runs with other results.
func eachSession(runs []*bench.Record, benchmarks []bench.Benchmark, change func(bench.Result) (changed bench.Result, keep bool)) []*bench.Record {
	var out []*bench.Record
	for _, r := range runs {
		with := &bench.Record{Header: r.Header}
		with.Header.Plan.Benchmarks = benchmarks
		for _, s := range r.Sessions {
			results := s.Results
			s.Results = nil
			for _, result := range results {
				if changed, keep := change(result); keep {
					s.Results = append(s.Results, changed)
				}
			}
			with.Sessions = append(with.Sessions, s)
		}
		out = append(out, with)
	}
	return out
}
