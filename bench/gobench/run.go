package gobench

import (
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench"
)

// run is a record in the making.
type run struct {
	record *bench.Record
	// next is the session that a benchmark's next repetition belongs to.
	next  map[string]int
	names map[string]string // by package and benchmark, to share memory
}

func newRun() *run {
	return &run{
		record: &bench.Record{Header: bench.Header{Schema: bench.Schema, Plan: bench.Plan{
			Cluster: Cluster, Units: map[string]bench.Unit{},
		}}},
		next: map[string]int{}, names: map[string]string{},
	}
}

// add takes one line.
func (r *run) add(line *benchfmt.Result) {
	name := r.name(line)
	at, known := r.next[name]
	if !known {
		plan := &r.record.Header.Plan
		plan.Benchmarks = append(plan.Benchmarks, bench.Benchmark{Name: name, Suite: suite(line)})
	}
	r.next[name] = at + 1
	if at == len(r.record.Sessions) {
		r.record.Sessions = append(r.record.Sessions, bench.Session{Index: at, Round: at, Arm: bench.Head})
		r.record.Header.Plan.Order = append(r.record.Header.Plan.Order, bench.Head)
		r.record.Header.Plan.Rounds++
	}
	metrics := make(map[string]float64, len(line.Values))
	for _, v := range line.Values {
		metrics[v.Unit] = v.Value
	}
	s := &r.record.Sessions[at]
	s.Results = append(s.Results, bench.Result{Benchmark: name, Ops: line.Iters, Metrics: metrics})
	r.environment(line)
}

func (r *run) name(line *benchfmt.Result) string {
	key := line.GetConfig("pkg") + "\x00" + string(line.Name)
	name, known := r.names[key]
	if !known {
		name = strings.TrimPrefix(strings.Replace(key, "\x00", ".", 1), ".")
		r.names[key] = name
	}
	return name
}

// suite is the package, as the thing that a false alarm would fail.
func suite(line *benchfmt.Result) string {
	if pkg := line.GetConfig("pkg"); pkg != "" {
		return pkg
	}
	return Cluster
}

// environment takes what the configuration says of the machine, once.
func (r *run) environment(line *benchfmt.Result) {
	e := &r.record.Header.Environment
	if e.OS != "" {
		return
	}
	e.OS, e.Arch, e.CPU = line.GetConfig("goos"), line.GetConfig("goarch"), line.GetConfig("cpu")
}

// describe says how the units that are not in the catalogue behave: as the
// files' unit lines have it, and otherwise as timings of which rates are better
// when higher.
func (r *run) describe(units benchfmt.UnitMetadataMap) {
	for _, s := range r.record.Sessions {
		for _, result := range s.Results {
			for unit := range result.Metrics {
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
