package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/aclements/go-moremath/stats"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

// A way is a series of runs whose arms took turns in one way.
type way struct {
	name  string
	runs  []*bench.Record
	drawn []calibrate.Detection // with each of the changes, in runs drawn from one run each
}

// compareTurns writes what runs can see whose arms took turns in different ways.
func compareTurns(t *testing.T, w io.Writer, ways ...way) {
	t.Helper()
	row := func(title string, of func(way) string) {
		fmt.Fprint(w, title)
		for _, way := range ways {
			fmt.Fprintf(w, " %s |", of(way))
		}
		fmt.Fprintln(w)
	}
	row("\n| arms take turns by |", func(w way) string { return w.name })
	row("|---|", func(way) string { return "--:" })
	row("| rounds in a run |", func(w way) string { return fmt.Sprint(w.runs[0].Header.Plan.Rounds) })
	row("| time to measure a run, median |", func(w way) string { return fmt.Sprintf("%.0f s", middle(w.runs, seconds)) })
	for _, metric := range []string{bench.CPUSecPerOp, bench.ReadyP50Sec, bench.AllocsPerOp, bench.HeapLiveBytes, bench.ResidentBytes} {
		row(fmt.Sprintf("| `%s`: scatter of head/base from round to round, median benchmark |", metric), func(w way) string { return percent(w.scatter(metric)) })
	}
	for _, metric := range []string{bench.CPUSecPerOp, bench.ReadyP50Sec, bench.AllocsPerOp} {
		row(fmt.Sprintf("| `%s`: smallest change seen, median benchmark |", metric), func(w way) string {
			return percent(middle(w.runs, func(r *bench.Record) float64 { return seen(t, r, metric, false) }) - 1)
		})
		row(fmt.Sprintf("| `%s`: smallest change seen, mean of all |", metric), func(w way) string {
			return percent(middle(w.runs, func(r *bench.Record) float64 { return seen(t, r, metric, true) }) - 1)
		})
	}
	for i, change := range changes {
		row(fmt.Sprintf("| %s, %s: red |", size(change), where(change)), func(w way) string {
			return share(w.drawn[i].Red, w.drawn[i].Trials)
		})
	}
}

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

func seconds(r *bench.Record) float64 {
	planned := slices.DeleteFunc(slices.Clone(r.Sessions), func(s bench.Session) bool { return s.Phase == bench.Confirm })
	return r.Header.Plan.Seconds(planned)
}

// middle returns the median of a figure of the runs.
func middle[T any](list []T, of func(T) float64) float64 {
	var values []float64
	for _, item := range list {
		values = append(values, of(item))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// seen returns the smallest ratio of a metric that a run could have seen: in the median
// benchmark, or in the mean over all. If it could have seen none, the ratio is infinite.
func seen(t *testing.T, r *bench.Record, metric string, mean bool) float64 {
	t.Helper()
	v, err := gate.Decide(gate.Evidence{Run: r}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	var ratios []float64
	for _, c := range v.Comparisons {
		if c.Metric != metric || !c.Gated || (c.Benchmark == gate.Geomean) != mean || c.Method == "" {
			continue
		}
		ratio := math.Inf(1)
		if c.Detectable != nil {
			ratio = *c.Detectable
		}
		ratios = append(ratios, ratio)
	}
	return middle(ratios, func(v float64) float64 { return v })
}

// scatter returns the standard deviation of the logarithm of head/base over the rounds of
// a run, for the median benchmark and the median run. Work that races is left out.
func (w way) scatter(metric string) float64 {
	return middle(w.runs, func(r *bench.Record) float64 {
		ratios := map[string]map[int]float64{} // logarithms, by benchmark and round
		for _, s := range r.Sessions {
			if s.Failed != "" || s.Phase == bench.Confirm {
				continue
			}
			for _, result := range s.Results {
				b, _ := r.Header.Plan.Benchmark(result.Benchmark)
				v, measured := result.Metrics[metric]
				if !measured || v <= 0 || b.Racy || b.Concurrent {
					continue
				}
				if ratios[b.Name] == nil {
					ratios[b.Name] = map[int]float64{}
				}
				if s.Arm == bench.Base {
					v = 1 / v
				}
				ratios[b.Name][s.Round] += math.Log(v)
			}
		}
		var deviations []float64
		for _, rounds := range ratios {
			deviations = append(deviations, stats.StdDev(slices.Collect(maps.Values(rounds))))
		}
		return middle(deviations, func(v float64) float64 { return v })
	})
}
