package gate

import (
	"github.com/kro/perf-gate/gate/trend"
)

// newest returns what the newest run measured.
func (c course) newest() []float64 {
	if len(c) == 0 {
		return []float64{}
	}
	return c[len(c)-1].values
}

// creeps finds gated comparisons with stored records in which no step was
// beyond the policy's tolerance and all of them together are: ten changes of one
// percent do not pass one by one. Alpha is shared by all that are searched.
func (d *decision) creeps(tests []*test) {
	if !d.base.side.Baseline || d.family == 0 {
		return
	}
	for _, t := range tests {
		if !t.Gated || t.Outcome == Regressed {
			continue
		}
		values := append(t.course.medians(), *median(t.head.values))
		drift, found := trend.Creep(values, t.limit, t.Better, d.policy.search(d.family))
		if !found || drift.Since >= len(t.course) {
			continue
		}
		t.Outcome, t.Crept = Regressed, true
		t.note("crept to %.3f times the best since the run of %s, with no single step beyond the tolerance",
			drift.Ratio, t.course[drift.Since].created.UTC().Format("2006-01-02 15:04"))
	}
}

// search is how many histories are searched that share alpha: of those of
// unchanged code, that share has a change in any.
func (p Policy) search(histories int) trend.Options {
	return trend.Options{Alpha: p.Alpha / float64(histories)}
}
