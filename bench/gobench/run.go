package gobench

import (
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench"
)

// A run builds a record.
type run struct {
	record *bench.Record
	names  map[string]string // by package and benchmark
	index  map[string]int    // of each benchmark's result
	key    []byte            // reused
}

func newRun() *run {
	return &run{
		record: &bench.Record{
			Header: bench.Header{Schema: bench.Schema, Plan: bench.Plan{
				Cluster: Cluster, Rounds: 1, Order: []bench.Arm{bench.Head}, Repetitions: true, Units: map[string]bench.Unit{},
			}},
			Sessions: []bench.Session{{Arm: bench.Head}},
		},
		names: map[string]string{}, index: map[string]int{},
	}
}

// add adds one line.
func (r *run) add(line *benchfmt.Result) {
	name := r.name(line)
	results := &r.record.Sessions[0].Results
	at, known := r.index[name]
	if !known {
		plan := &r.record.Header.Plan
		plan.Benchmarks = append(plan.Benchmarks, bench.Benchmark{Name: name, Suite: suite(line)})
		at = len(*results)
		r.index[name] = at
		*results = append(*results, bench.Result{Benchmark: name, Samples: map[string][]float64{}})
	}
	result := &(*results)[at]
	result.Ops += line.Iters
	for _, v := range line.Values {
		result.Samples[v.Unit] = append(result.Samples[v.Unit], v.Value)
	}
	r.environment(line)
}

func (r *run) name(line *benchfmt.Result) string {
	r.key = append(append(append(r.key[:0], line.GetConfig("pkg")...), '.'), line.Name...)
	name, known := r.names[string(r.key)]
	if !known {
		name = strings.TrimPrefix(string(r.key), ".")
		r.names[string(r.key)] = name
	}
	return name
}

// suite returns the package, because it is what a false alarm would fail.
func suite(line *benchfmt.Result) string {
	if pkg := line.GetConfig("pkg"); pkg != "" {
		return pkg
	}
	return Cluster
}

// environment takes the machine from the configuration, once.
func (r *run) environment(line *benchfmt.Result) {
	e := &r.record.Header.Environment
	if e.OS != "" {
		return
	}
	e.OS, e.Arch, e.CPU = line.GetConfig("goos"), line.GetConfig("goarch"), line.GetConfig("cpu")
}

// describe adds the units that are not in the catalogue to the plan. They behave as the
// files' unit lines say. By default they are timings, and rates are better when higher.
func (r *run) describe(units benchfmt.UnitMetadataMap) {
	for _, s := range r.record.Sessions {
		for _, result := range s.Results {
			for unit := range result.Samples {
				if _, known := r.record.Header.Plan.Metric(unit); !known {
					r.record.Header.Plan.Units[unit] = describe(unit, units)
				}
			}
		}
	}
}

func describe(unit string, units benchfmt.UnitMetadataMap) bench.Unit {
	u := bench.Unit{Class: bench.Timing, Better: bench.Lower}
	switch units.GetBetter(unit) {
	case 1:
		u.Better = bench.Higher
	case 0:
		if strings.HasSuffix(unit, "/s") || strings.HasSuffix(unit, "/sec") {
			u.Better = bench.Higher
		}
	}
	if assume := units.Get(unit, "assume"); assume != nil && assume.Value == "exact" {
		u.Class = bench.Exact
	}
	return u
}
