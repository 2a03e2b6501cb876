package gate

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/trend"
)

// aChange is by how much a level has to move for it to be a change of the code:
// machines drift by less than this and more than by chance.
var aChange = map[bench.Class]float64{bench.Steady: 0.005, bench.Timing: 0.02, bench.Memory: 0.02}

// minHistory is the fewest recorded runs from which anything is learned.
const minHistory = 5

// apart is which share of the differences between recorded runs the tolerance
// covers.
const apart = 0.95

// past is what is known from records of unchanged code that had the same work
// and, for timing and memory, the same environment. It teaches two things.
//
// The first is a tolerance: what two runs of unchanged code differ by in 95 of
// 100 pairs. Where the arms were measured side by side and the records hold
// both arms of one and the same build, that is the difference between these
// arms; otherwise it is the difference between the runs' medians.
//
// The second, where the arms of this run were measured apart, is what base
// usually is. If base agrees with the recorded runs to within the tolerance,
// their sessions are compared along with its own: head is then held against
// all that is known. If it does not, a regression is not believed, since it is
// base that is out of line.
type past struct {
	runs []pastRun // oldest first
}

type pastRun struct {
	created    time.Time
	base, head arm
	// same is set when both arms are of one build.
	same bool
	// accepted are its regressions that were wanted.
	accepted []bench.Acceptance
}

// remember takes the records that the run can be compared with.
func (d *decision) remember(run *bench.Record, records []*bench.Record) {
	// Sorting keeps the verdict independent of the order in which a store lists
	// its records.
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b *bench.Record) int { return a.Header.Created.Compare(b.Header.Created) })
	var otherPlan, otherMachine, otherTool grouped
	for _, r := range records {
		name := "the record of " + r.Header.Created.UTC().Format("2006-01-02 15:04:05")
		if diff := planDifferences(r.Header.Plan, d.plan); len(diff) > 0 {
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
		p := pastRun{created: r.Header.Created, accepted: r.Header.Accepted, base: arm{name: bench.Base}, head: arm{name: bench.Base, side: Side{Build: builds[bench.Head]}}}
		p.same = builds[bench.Base].Digest != "" && builds[bench.Base].Digest == builds[bench.Head].Digest
		same := sameWork(r, d.plan, name, &d.warnings)
		p.base.add(same, bench.Base, false, len(diff) == 0, &d.warnings)
		p.head.add(same, bench.Head, false, len(diff) == 0, &d.warnings)
		d.past.runs = append(d.past.runs, p)
	}
	for _, g := range otherPlan {
		d.warnings.add("%s passed over: %s", g.who("is", "are"), g.what)
	}
	for _, g := range otherMachine {
		d.warnings.add("%s of another environment, so its timing and memory are passed over: %s", g.who("is", "are"), g.what)
	}
	for _, g := range otherTool {
		d.warnings.add("%s measured by %s", g.who("was", "were"), g.what)
	}
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

// who names one, or counts several, with the form of a verb that belongs to it.
func (g group) who(one, several string) string {
	if len(g.names) == 1 {
		return g.names[0] + " " + one
	}
	return plural(len(g.names), "record") + " " + several
}

// learn sets what the test tolerates, lends it the values of recorded runs, and
// says whether stored records can gate it.
func (d *decision) learn(t *test) {
	of := d.past.of(t.Benchmark, t.Metric, t.Class)
	if d.base.side.Baseline || d.paired {
		// What was before the code last changed does not tell what it does today.
		t.course, t.limit = of.since(of.accepted(0)), t.Tolerance
		of = of.since(of.accepted(aChange[t.Class]))
		of = of.since(trend.Stable(of.medians(), trend.Options{MinChange: aChange[t.Class]}))
	}
	if d.base.side.Baseline {
		t.base.values = of.values()
		t.BaseValues, t.Base = t.base.values, median(t.base.values)
	}
	medians := of.medians()
	known := len(medians) >= minHistory && slices.Min(medians) > 0
	if known {
		learned := between(medians)
		if changes := of.changes(); d.paired && len(changes) >= minHistory {
			learned = beyondZero(changes)
		}
		t.Learned = &learned
		t.Tolerance = max(t.Tolerance, learned)
	}
	switch {
	case d.base.side.Baseline && perMachine(t.Class):
		t.Gated = t.Gated && known
		if t.Note = elsewhere; known {
			t.Note = across
		}
	case !d.paired && known && !d.base.side.Baseline:
		usual := *median(medians)
		if off := *t.Base / usual; off > 1+t.Tolerance || off < 1/(1+t.Tolerance) {
			t.doubt = "base itself is out of line: it has " + figure(*t.Base) + " where " + plural(len(medians), "recorded run") + " have " + figure(usual) + " in the median"
			return
		}
		t.base.values = slices.Concat(t.base.values, of.values())
		t.Lent = len(medians)
	}
}

// course is what the recorded runs measured of one metric, oldest first.
type course []point

type point struct {
	created time.Time
	values  []float64 // of head
	change  float64   // of head from base, on the logarithms; NaN if it says nothing
	wanted  bool      // a regression was accepted
}

// of returns the course of a metric.
func (p past) of(benchmark, metric string, class bench.Class) course {
	var ignored warnings // each run was warned of when it was remembered
	var c course
	for _, r := range p.runs {
		head := r.head.sample(benchmark, metric, class, &ignored)
		if len(head.values) == 0 {
			continue
		}
		at := point{created: r.created, values: head.values, change: math.NaN()}
		at.wanted = slices.ContainsFunc(r.accepted, func(a bench.Acceptance) bool { return a.Of(metric) })
		if base := r.base.sample(benchmark, metric, class, &ignored); r.same && len(base.values) > 0 {
			at.change = math.Log(*median(head.values) / *median(base.values))
		}
		c = append(c, at)
	}
	return c
}

func (c course) since(index int) course { return c[min(index, len(c)):] }

// accepted returns the index of the newest run with an accepted regression that
// moved the level by least or more, relatively; 0 if none did. Runs before it do
// not tell what the code does today.
func (c course) accepted(least float64) int {
	medians := c.medians()
	for i := len(c) - 1; i > 0; i-- {
		if c[i].wanted && math.Abs(medians[i]/medians[i-1]-1) >= least {
			return i
		}
	}
	return 0
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

// between returns by how much, relatively, values differ from each other in all
// but the share of pairs that apart leaves.
func between(values []float64) float64 {
	var differences []float64
	for i, x := range values {
		for _, y := range values[:i] {
			differences = append(differences, math.Log(x/y))
		}
	}
	return beyondZero(differences)
}

// beyondZero returns how large, as a relative change, logarithms of quotients
// get in all but the share that apart leaves.
func beyondZero(logs []float64) float64 {
	sizes := make([]float64, len(logs))
	for i, l := range logs {
		sizes[i] = math.Abs(l)
	}
	slices.SortFunc(sizes, cmp.Compare)
	return math.Expm1(sizes[int(math.Ceil(apart*float64(len(sizes))))-1])
}
