package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// past is what is known from records of unchanged code that did the same work as
// the run and, for timing and memory, in the same environment.
type past struct {
	runs []pastRun // oldest first
}

type pastRun struct {
	created    time.Time
	base, head arm
	// same is set when both arms are of one build.
	same bool
	// accepted are its regressions that were accepted.
	accepted []bench.Acceptance
}

// newPast takes the records that the run can be compared with, and warns of the
// others.
func newPast(run *bench.Record, records []*bench.Record) (p past, warnings []string) {
	// Sorting keeps the verdict independent of the order in which a store lists
	// its records.
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b *bench.Record) int { return a.Header.Created.Compare(b.Header.Created) })
	plan := run.Header.Plan
	var otherPlan, otherMachine, otherTool grouped
	for _, r := range records {
		name := "the record of " + r.Header.Created.UTC().Format("2006-01-02 15:04:05")
		if diff := planDifferences(r.Header.Plan, plan); len(diff) > 0 {
			otherPlan.add(name, strings.Join(diff, ", "))
			continue
		}
		diff := environmentDifferences(r.Header.Environment, run.Header.Environment)
		if len(diff) > 0 {
			otherMachine.add(name, strings.Join(diff, ", "))
		}
		if r.Header.Tool != run.Header.Tool {
			otherTool.add(name, fmt.Sprintf("perf-gate %v, this run by %v", show(r.Header.Tool), show(run.Header.Tool)))
		}
		builds := r.Header.Builds
		was := pastRun{
			created: r.Header.Created, accepted: r.Header.Accepted,
			same: builds[bench.Base].Digest != "" && builds[bench.Base].Digest == builds[bench.Head].Digest,
		}
		same, more := sameWork(r, plan, name)
		warnings = append(warnings, more...)
		elsewhere := len(diff) > 0
		was.base, more = newArm(bench.Base, same, sessionsOf{arm: bench.Base, elsewhere: elsewhere})
		warnings = append(warnings, more...)
		was.head, more = newArm(bench.Base, same, sessionsOf{arm: bench.Head, elsewhere: elsewhere})
		warnings = append(warnings, more...)
		p.runs = append(p.runs, was)
	}
	for _, g := range otherPlan {
		warnings = append(warnings, fmt.Sprintf("%s not used: %s", g.who("is", "are"), g.what))
	}
	for _, g := range otherMachine {
		warnings = append(warnings, fmt.Sprintf("%s from another environment, so timing and memory are not compared with it: %s", g.who("is", "are"), g.what))
	}
	for _, g := range otherTool {
		warnings = append(warnings, fmt.Sprintf("%s measured by %s", g.who("was", "were"), g.what))
	}
	return p, warnings
}

// baseline returns the head sessions of all runs as one arm.
func (p past) baseline() arm {
	heads := make([]arm, len(p.runs))
	for i, r := range p.runs {
		heads[i] = r.head
	}
	return joined(bench.Base, heads)
}

// builds counts the different builds of head.
func (p past) builds() int {
	digests := map[string]bool{}
	for _, r := range p.runs {
		digests[r.head.build.Digest] = true
	}
	return len(digests)
}

// of returns the course of a metric.
func (p past) of(benchmark, metric string, class bench.Class) course {
	var c course
	for i, r := range p.runs {
		head, _ := r.head.sample(benchmark, metric, class) // a run that lacks values is warned of once, as a run
		if len(head.values) == 0 {
			continue
		}
		at := point{run: i, created: r.created, values: head.values, change: math.NaN()}
		at.accepted = slices.ContainsFunc(r.accepted, func(a bench.Acceptance) bool { return a.Of(metric) })
		if base, _ := r.base.sample(benchmark, metric, class); r.same && len(base.values) > 0 {
			at.change = math.Log(*median(head.values) / *median(base.values))
		}
		c = append(c, at)
	}
	return c
}

// A course is what the recorded runs measured of one metric, oldest first.
type course []point

type point struct {
	run      int // index in the past's runs
	created  time.Time
	values   []float64 // of head
	change   float64   // from base to head, on the logarithms; NaN if it says nothing
	accepted bool      // a regression was accepted
}

func (c course) since(index int) course { return c[min(index, len(c)):] }

// first returns the course of the first n values of each run. A run of more sessions
// than another differs less from it, and so predicts too little.
func (c course) first(n int) course {
	out := slices.Clone(c)
	for i, at := range out {
		out[i].values = at.values[:min(n, len(at.values))]
	}
	return out
}

// accepted returns the index of the newest run with an accepted regression that
// moved the level by least or more, relatively; 0 if none did. Runs before it do
// not show what the code does today.
func (c course) accepted(least float64) int {
	medians := c.medians()
	for i := len(c) - 1; i > 0; i-- {
		if c[i].accepted && math.Abs(medians[i]/medians[i-1]-1) >= least {
			return i
		}
	}
	return 0
}

// before returns the medians of the runs before those of a later part of the course.
func (c course) before(later course) []float64 { return c[:len(c)-len(later)].medians() }

// newest returns what the newest run measured.
func (c course) newest() []float64 {
	if len(c) == 0 {
		return []float64{}
	}
	return c[len(c)-1].values
}

func (c course) medians() []float64 {
	medians := make([]float64, len(c))
	for i, at := range c {
		medians[i] = *median(at.values)
	}
	return medians
}

func (c course) values() []float64 {
	values := []float64{}
	for _, at := range c {
		values = append(values, at.values...)
	}
	return values
}

func (c course) changes() []float64 {
	var changes []float64
	for _, at := range c {
		if finite(at.change) {
			changes = append(changes, at.change)
		}
	}
	return changes
}

// sameWork returns the record without the benchmarks that ran another number of
// operations, because what an operation costs depends on how many came before, and without
// those of a user's workload that has changed.
func sameWork(r *bench.Record, plan bench.Plan, name string) (same *bench.Record, warnings []string) {
	differs, changed, was := map[string]bool{}, map[string]bool{}, byName(r.Header.Plan)
	for _, b := range plan.Benchmarks {
		old, ok := was[b.Name]
		switch {
		case !ok:
		case r.Header.Plan.WorkloadOf(old.Suite).Digest != plan.WorkloadOf(b.Suite).Digest:
			if !changed[old.Suite] {
				warnings = append(warnings, fmt.Sprintf("the workload %s has changed since %s; its benchmarks are not compared", old.Suite, name))
			}
			differs[b.Name], changed[old.Suite] = true, true
		case old.Ops != b.Ops:
			differs[b.Name] = true
			warnings = append(warnings, fmt.Sprintf("%s ran %d operations of %s where this run has %d; they are not compared", name, old.Ops, b.Name, b.Ops))
		}
	}
	sessions := slices.Clone(r.Sessions)
	for i := range sessions {
		sessions[i].Results = slices.DeleteFunc(slices.Clone(sessions[i].Results), func(result bench.Result) bool {
			return differs[result.Benchmark]
		})
	}
	return &bench.Record{Header: r.Header, Sessions: sessions}, warnings
}

func planDifferences(old, now bench.Plan) []string {
	return differences([]property{
		{"cluster", old.Cluster, now.Cluster},
		{"control-plane", string(old.ControlPlane), string(now.ControlPlane)},
		{"profile", old.Profile, now.Profile},
		{"controller-args", cmp.Or(strings.Join(old.ControllerArgs, " "), "none"), cmp.Or(strings.Join(now.ControllerArgs, " "), "none")},
		{"pprof", strings.Join(old.Pprof, ","), strings.Join(now.Pprof, ",")},
	})
}

// environmentDifferences leaves out the memory's size, which the kernel reports
// differently from boot to boot.
func environmentDifferences(old, now bench.Environment) []string {
	return differences([]property{
		{"os", old.OS, now.OS},
		{"arch", old.Arch, now.Arch},
		{"cpu", old.CPU, now.CPU},
		{"cpus", old.CPUs, now.CPUs},
		{"kernel", old.Kernel, now.Kernel},
		{"image", old.Image, now.Image},
		{"go", old.Go, now.Go},
		{"kubernetes", old.Kubernetes, now.Kubernetes},
		{"node-image", old.NodeImage, now.NodeImage},
	})
}

type property struct {
	name     string
	old, now any
}

// differences lists the properties that differ, as "name was old, is now".
func differences(properties []property) []string {
	var diff []string
	for _, p := range properties {
		if p.old != p.now {
			diff = append(diff, fmt.Sprintf("%s was %v, is %v", p.name, show(p.old), show(p.now)))
		}
	}
	return diff
}

// show makes an empty text visible.
func show(v any) any {
	if v == "" {
		return "unknown"
	}
	return v
}

// grouped are names by what they have in common, in the order of the first ones.
type grouped []group

type group struct {
	what  string
	names []string
}

func (g *grouped) add(name, what string) {
	for i := range *g {
		if (*g)[i].what == what {
			(*g)[i].names = append((*g)[i].names, name)
			return
		}
	}
	*g = append(*g, group{what, []string{name}})
}

// who names one, or counts several, with the matching form of a verb.
func (g group) who(one, several string) string {
	if len(g.names) == 1 {
		return g.names[0] + " " + one
	}
	return plural(len(g.names), "record") + " " + several
}
