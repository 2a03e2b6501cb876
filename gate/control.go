package gate

import (
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/rank"
)

// compareControl compares the control workload between the arms of a run. It
// returns nil unless the workload ran in every session.
func compareControl(baseArm, headArm arm, p Policy) (m *Machine, warnings []string) {
	if len(baseArm.sessions) == 0 || len(headArm.sessions) == 0 {
		return nil, nil
	}
	speeds := func(a arm) (v []float64) {
		for _, s := range a.sessions {
			v = append(v, s.control)
		}
		return v
	}
	base, head := speeds(baseArm), speeds(headArm)
	shift := rank.Ratio.SampleShift(base, head)
	if shift == nil || slices.Min(base) == 0 || slices.Min(head) == 0 {
		return nil, nil
	}
	bound := rank.Design{X: len(base), Y: len(head)}.Bound(p.tail())
	all := slices.Concat(base, head)
	m = &Machine{
		Metric: bench.ControlCPU, Base: *median(base), Head: *median(head),
		Ratio: shift.Estimate(), CI: shift.Interval(bound), Drift: slices.Max(all)/slices.Min(all) - 1,
	}
	limit := 1 + p.Machine
	if m.Differs = bound > 0 && (m.CI[0] > limit || m.CI[1] < 1/limit); m.Differs {
		warnings = append(warnings, fmt.Sprintf("base and head saw different machines: the control workload took %.3f times as long in head's sessions [%.3f, %.3f], more than the %v accepted; timings are not compared",
			m.Ratio, m.CI[0], m.CI[1], p.Machine))
	}
	return m, warnings
}
