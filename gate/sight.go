package gate

import (
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// sight fills in what each test could have detected, and sums it up.
func (d *decision) sight(tests []*test) Sight {
	part, _ := d.share(false)
	s := Sight{Alpha: d.policy.Alpha, Family: d.family, Means: d.means, MinSessions: d.policy.minSessions(d.family, part*d.alpha)}
	n, m := d.base.side.Sessions, d.head.side.Sessions
	design := design{base: n, head: m}
	if n > 0 && m > 0 && s.Family > 0 && (d.bounds.of(design, part*d.alpha/float64(s.Family)) == 0 || d.bounds.of(design, (1-d.policy.Confidence)/2) == 0) {
		d.warnings.add("with %d base and %d head sessions no gated comparison that needs statistics can regress: %s share alpha %v; %d sessions per arm would do",
			n, m, plural(s.Family, "comparison"), d.policy.Alpha, s.MinSessions)
	}

	each(tests, func(t *test) {
		t.Detectable = t.detectable(d.bounds.of(t.design, d.level(t)))
	})
	detectable := map[string][]float64{}
	for _, t := range tests {
		if t.Gated && t.Detectable != nil && t.Benchmark != Geomean {
			detectable[t.Metric] = append(detectable[t.Metric], *t.Detectable)
		}
	}
	for _, metric := range slices.SortedFunc(maps.Keys(detectable), byRank) {
		ratios := detectable[metric]
		worst := slices.Max(ratios)
		if m, _ := d.plan.Metric(metric); m.Better == bench.Higher {
			worst = slices.Min(ratios)
		}
		s.Metrics = append(s.Metrics, MetricSight{metric, len(ratios), *median(ratios), worst})
	}
	return s
}

// detectable returns the smallest change, as head/base, that would have been
// called regressed with this comparison's noise. If all of head were f times
// what it is, so would be every quotient: the interval would clear the
// tolerance once f*low > 1+tolerance, and the p-value reach its share of alpha
// once f times the quotient at rank exceeds 1. It has to exceed the floor as
// well. It is nil when no f does.
func (t *test) detectable(rank int) *float64 {
	if t.shift == nil || t.bound == 0 || rank == 0 {
		return nil
	}
	atInterval, atTest := *t.CI, interval(t.shift, rank)
	base, head := *median(t.base.values), *median(t.head.values)
	ratio := *t.Ratio * max((1+t.Tolerance)/atInterval[0], 1/atTest[0], (base+t.Floor)/head)
	if t.Better == bench.Higher {
		ratio = *t.Ratio * min(1/(1+t.Tolerance)/atInterval[1], 1/atTest[1], (base-t.Floor)/head)
	}
	if ratio <= 0 || !finite(ratio) {
		return nil
	}
	return &ratio
}
