package gobench

import (
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench"
)

// A run is what the lines add up to.
type run struct {
	environment bench.Environment
	packages    map[string]*process // the newest process of each
	benchmarks  map[string]*series  // by package and name
	order       []*series
	started     int    // how often a process started, as far as the files say
	key         []byte // reused
}

// A process runs the benchmarks of a package. It says at its start where it runs, and
// it repeats each benchmark without another one in between.
type process struct {
	number  int // among those of the package
	started int // what the run's started was
	last    *series
}

// A series is the lines of one benchmark.
type series struct {
	benchmark bench.Benchmark
	of        *process
	number    int // of the process that measured the newest line
	ops       int
	columns   []column
}

// A column is the values of one unit.
type column struct {
	unit      string
	values    []float64
	processes []int // that measured them
}

func newRun() *run {
	return &run{packages: map[string]*process{}, benchmarks: map[string]*series{}}
}

// add adds one line.
func (r *run) add(line *benchfmt.Result) {
	s := r.seriesOf(line)
	p := s.of
	if p.started != r.started || s.number == p.number && p.last != s {
		p.number++
	}
	p.started, p.last = r.started, s
	s.number = p.number
	s.ops += line.Iters
	for _, v := range line.Values {
		c := s.column(v.Unit)
		c.values, c.processes = append(c.values, v.Value), append(c.processes, p.number)
	}
	if e := &r.environment; e.OS == "" {
		e.OS, e.Arch, e.CPU = line.GetConfig("goos"), line.GetConfig("goarch"), line.GetConfig("cpu")
	}
}

func (r *run) seriesOf(line *benchfmt.Result) *series {
	r.key = r.key[:0]
	if i, ok := line.ConfigIndex("pkg"); ok {
		r.key = append(r.key, line.Config[i].Value...)
	}
	pkg := len(r.key)
	r.key = append(append(r.key, '.'), line.Name...)
	if s, known := r.benchmarks[string(r.key)]; known {
		return s
	}
	key := string(r.key)
	of := key[:pkg]
	if r.packages[of] == nil {
		r.packages[of] = &process{started: r.started}
	}
	s := &series{benchmark: bench.Benchmark{Name: strings.TrimPrefix(key, "."), Suite: suite(of)}, of: r.packages[of], number: -1}
	r.benchmarks[key], r.order = s, append(r.order, s)
	return s
}

// suite returns the package, because it is what a false alarm would fail.
func suite(pkg string) string {
	if pkg == "" {
		return Cluster
	}
	return pkg
}

func (s *series) column(unit string) *column {
	i := slices.IndexFunc(s.columns, func(c column) bool { return c.unit == unit })
	if i < 0 {
		i, s.columns = len(s.columns), append(s.columns, column{unit: unit})
	}
	return &s.columns[i]
}

// toRecord returns the record of the run. [Unit] describes the units that are not in
// the catalogue.
func (r *run) toRecord(ref string, units benchfmt.UnitMetadataMap) *bench.Record {
	plan := bench.Plan{
		Cluster: Cluster, Rounds: 1, Order: []bench.Arm{bench.Head}, Repetitions: true, Units: map[string]bench.Unit{},
	}
	session := bench.Session{Arm: bench.Head}
	for _, s := range r.order {
		result := bench.Result{Benchmark: s.benchmark.Name, Ops: s.ops, Samples: map[string][]float64{}, Processes: map[string][]int{}}
		for _, c := range s.columns {
			result.Samples[c.unit], result.Processes[c.unit] = c.values, c.processes
			if _, known := plan.Metric(c.unit); !known {
				plan.Units[c.unit] = Unit(c.unit, units)
			}
		}
		plan.Benchmarks = append(plan.Benchmarks, s.benchmark)
		session.Results = append(session.Results, result)
	}
	return &bench.Record{
		Header: bench.Header{
			Schema: bench.Schema, Plan: plan, Environment: r.environment,
			Builds: map[bench.Arm]bench.Build{bench.Head: {Ref: ref, Kind: "go", Args: []string{}}},
		},
		Sessions: []bench.Session{session},
	}
}

// Unit describes a unit that is not in the catalogue, as the unit lines of the output say. By
// default it is a timing, and a rate is better when higher.
func Unit(unit string, units benchfmt.UnitMetadataMap) bench.Unit {
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
