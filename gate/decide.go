package gate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Decide compares the two arms of one run. The error is nil unless the policy
// is not valid or there is no run; a run that measured nothing has a verdict,
// whose status is [Error].
func Decide(run *bench.Record, p Policy) (*Verdict, error) { return DecideWithHistory(run, nil, p) }

// DecideWithHistory is [Decide] by a policy that learns from records of
// unchanged code: see [past].
func DecideWithHistory(run *bench.Record, history []*bench.Record, p Policy) (*Verdict, error) {
	if err := usable(run, history, p); err != nil {
		return nil, err
	}
	d := newDecision(run, p)
	d.base.side.Build = run.Header.Builds[bench.Base]
	d.base.add(run, bench.Base, false, true, &d.warnings)
	d.head.add(run, bench.Head, false, true, &d.warnings)
	d.paired = !run.Header.Plan.Unpaired
	d.remember(run, history)
	return d.verdict(run), nil
}

func usable(run *bench.Record, history []*bench.Record, p Policy) error {
	if run == nil {
		return errors.New("no record to decide on")
	}
	if i := slices.Index(history, nil); i >= 0 {
		return fmt.Errorf("record %d of the history is missing", i)
	}
	return p.Validate()
}

// decision is the state of one verdict in the making.
type decision struct {
	plan       bench.Plan
	policy     Policy
	base, head arm
	// paired is set when rounds of both arms were measured side by side.
	paired   bool
	past     past
	machine  *Machine
	warnings warnings
	bounds   *bounds
	// alpha is the policy's, or this look's share of it; family is how many
	// gated tests of benchmarks share it, and means how many of means over them.
	alpha         float64
	family, means int
	// geomean lists, by metric, the benchmarks that the mean is over.
	geomean map[string][]string
}

func newDecision(run *bench.Record, p Policy) *decision {
	d := &decision{
		plan:   run.Header.Plan,
		policy: p,
		base:   arm{name: bench.Base},
		head:   arm{name: bench.Head, side: Side{Build: run.Header.Builds[bench.Head]}},
		bounds: &bounds{},
	}
	d.policy.Tolerance = maps.Clone(p.Tolerance)
	d.policy.Floor = maps.Clone(p.Floor)
	d.policy.Rules = append([]Rule{}, p.Rules...) // never nil: JSON shows a list
	return d
}

func (d *decision) verdict(run *bench.Record) *Verdict {
	d.confounders()
	d.machine = d.controls()
	comparisons, tests := d.pair()
	meanComparisons, means := d.geomeans(tests)
	comparisons, tests = append(comparisons, meanComparisons...), append(tests, means...)
	look := lookOf(run)
	d.alpha = look.share(d.policy.Alpha)
	d.test(tests)
	for _, t := range tests {
		t.settle(d)
	}
	for _, t := range tests {
		if t.Corrected { // only where there is a control workload
			d.machine.Corrected++
		}
	}
	shift := d.common(tests)
	d.creeps(tests)
	d.confirm(run, comparisons)
	sight := d.sight(tests)
	v := &Verdict{
		Schema:      Schema,
		Comparisons: make([]Comparison, 0, len(comparisons)),
		Sight:       sight,
		Machine:     d.machine,
		Shift:       shift,
		Modes:       d.modes(),
		Base:        d.base.side,
		Head:        d.head.side,
		Policy:      d.policy,
	}
	if look.of > 1 {
		v.Sight.Look, v.Sight.Looks = look.number, look.of
	}
	v.Sight.History = len(d.past.runs)
	for _, c := range comparisons {
		v.Comparisons = append(v.Comparisons, *c)
	}
	v.Counts = tally(v.Comparisons)
	v.Findings = findings(d.plan, v.Comparisons)
	d.unseen(v.Comparisons)
	v.Status, v.Reason = conclude(v)
	v.Warnings = d.warnings
	return v
}

// pair lines up what both arms measured, in the order of the plan and of
// [bench.Rank], and decides all that needs no statistics; the others it returns
// as tests too.
func (d *decision) pair() (comparisons []*Comparison, tests []*test) {
	unknown := map[string]bool{}
	for _, b := range d.plan.Benchmarks {
		d.gaps(b.Name)
		names := map[string]bool{}
		d.base.metrics(b.Name, names)
		d.head.metrics(b.Name, names)
		for _, metric := range slices.SortedFunc(maps.Keys(names), byRank) {
			catalogue, ok := d.plan.Metric(metric)
			if !ok {
				if !unknown[metric] {
					d.warnings.add("metric %s is unknown to this version and not compared", metric)
				}
				unknown[metric] = true
				continue
			}
			c := &Comparison{
				Benchmark: b.Name,
				Metric:    metric,
				Class:     d.plan.Class(b, metric),
				Better:    catalogue.Better,
			}
			c.Gated, c.Tolerance = d.policy.terms(d.plan, b, metric)
			c.Floor = d.policy.Floor[metric]
			base := d.base.sample(b.Name, metric, c.Class, &d.warnings)
			if d.base.side.Baseline && c.Class == bench.Exact {
				base.values = d.past.of(b.Name, metric, c.Class).newest()
			}
			head := d.head.sample(b.Name, metric, c.Class, &d.warnings)
			c.BaseValues, c.HeadValues = base.values, head.values
			c.Base, c.Head = median(c.BaseValues), median(c.HeadValues)
			comparisons = append(comparisons, c)
			switch {
			case c.Base == nil || c.Head == nil:
				c.Outcome = NotComparable
				c.Note = absence(c)
				if d.base.side.Baseline && perMachine(c.Class) {
					c.Gated = false // nothing is lost that could be had
				}
			case c.Class == bench.Exact:
				settleExact(c)
			case c.Class == bench.Timing && d.machine != nil && d.machine.Differs:
				c.Outcome = NotComparable
				c.Note = "the arms saw different machines"
			default:
				tests = append(tests, d.newTest(c, base, head))
			}
		}
	}
	return comparisons, tests
}

// perMachine tells whether values of the class depend on the machine.
func perMachine(class bench.Class) bool { return class == bench.Timing || class == bench.Memory }

func byRank(a, b string) int {
	return cmp.Or(cmp.Compare(bench.Rank(a), bench.Rank(b)), cmp.Compare(a, b))
}

func absence(c *Comparison) string {
	switch {
	case c.Base == nil && c.Head == nil:
		return "no usable value on either side"
	case c.Base == nil:
		return "no value in base"
	default:
		return "no value in head"
	}
}

// gaps warns of sessions without a result of the benchmark.
func (d *decision) gaps(benchmark string) {
	base, head := d.base.ran(benchmark), d.head.ran(benchmark)
	if base == 0 && head == 0 {
		d.warnings.add("%s is planned but was not measured", benchmark)
		return
	}
	for _, a := range []*arm{&d.base, &d.head} {
		if n := a.ran(benchmark); n < len(a.sessions) {
			d.warnings.add("%s was not measured in %d of %d sessions of %s", benchmark, len(a.sessions)-n, len(a.sessions), a.name)
		}
	}
}

// unseen warns of gated comparisons that cannot fail, one line per metric and
// cause.
func (d *decision) unseen(comparisons []Comparison) {
	type cause struct{ metric, note string }
	times := map[cause]int{}
	var order []cause
	for _, c := range comparisons {
		if !c.Gated || c.Outcome != NotComparable {
			continue
		}
		key := cause{c.Metric, c.Note}
		if times[key] == 0 {
			order = append(order, key)
		}
		times[key]++
	}
	for _, key := range order {
		d.warnings.add("%s is gated but not comparable in %s: %s", key.metric, plural(times[key], "benchmark"), key.note)
	}
}

func tally(comparisons []Comparison) Counts {
	n := Counts{Total: len(comparisons)}
	for _, c := range comparisons {
		if c.Gated {
			n.Gated++
		}
		switch c.Outcome {
		case Regressed:
			if c.Gated {
				n.Regressed++
			}
		case Improved:
			n.Improved++
		case Unchanged:
			n.Unchanged++
		case Inconclusive:
			n.Inconclusive++
		case NotComparable:
			n.NotComparable++
		}
	}
	return n
}

// Regressions returns the gated comparisons that regressed, in the verdict's
// order.
func (v *Verdict) Regressions() []Comparison {
	return slices.DeleteFunc(slices.Clone(v.Comparisons), func(c Comparison) bool {
		return !c.Gated || c.Outcome != Regressed
	})
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
