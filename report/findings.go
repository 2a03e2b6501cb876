package report

import (
	"fmt"
	"strings"

	"github.com/kro/perf-gate/gate"
)

// findings are the regressions by what they have in common, a sentence each.
func findings(v *gate.Verdict) []string {
	var list []string
	for _, f := range v.Findings {
		worst := v.Comparisons[f.Worst]
		list = append(list, fmt.Sprintf("%s (%s) in %s, most of all %s: %s",
			f.Group, strings.Join(f.Metrics, ", "), plural(len(f.Benchmarks), "benchmark"), worst.Benchmark, change(worst)))
	}
	return list
}

// maxModes bounds the latencies whose modes are told.
const maxModes = 5

// circumstances are what the decision knew of the machine and of other runs.
func circumstances(v *gate.Verdict) []string {
	var list []string
	if m := v.Machine; m != nil {
		s := fmt.Sprintf("The machine: the control workload took %s beside base and %s beside head, %s %s; between sessions it differed by up to %s",
			quantity("cpu-sec/op", &m.Base), quantity("cpu-sec/op", &m.Head), ratio(m.Ratio), interval(m.Ratio, m.CI), strings.TrimPrefix(percent(1+m.Drift), "+"))
		if m.Corrected > 0 {
			s += fmt.Sprintf(", and %s corrected by it", plural(m.Corrected, "timing")+" "+verb(m.Corrected, "is", "are"))
		}
		list = append(list, s+".")
	}
	if v.Shift != nil {
		list = append(list, fmt.Sprintf("All timings moved together, by %s in the median: that is the machine's doing rather than the code's.", ratio(*v.Shift)))
	}
	learned := 0
	for _, c := range v.Comparisons {
		if c.Gated && c.Learned != nil && *c.Learned >= c.Tolerance {
			learned++
		}
	}
	switch n := v.Sight.History; {
	case n == 0 && v.Sight.Family > 0:
		list = append(list, "Tolerances are the policy's alone: there is no history of unchanged code to learn from.")
	case n > 0:
		list = append(list, fmt.Sprintf("%s of unchanged code set the tolerance of %s; the policy that of the others.", plural(n, "recorded run"), plural(learned, "gated comparison")))
	}
	if v.Sight.Looks > 1 {
		list = append(list, fmt.Sprintf("This is look %d of up to %d at a run that goes on while it is undecided; each look has a share of alpha.", v.Sight.Look, v.Sight.Looks))
	}
	for i, m := range v.Modes {
		if i == maxModes {
			list = append(list, fmt.Sprintf("%d more latencies have two modes.", len(v.Modes)-maxModes))
			break
		}
		list = append(list, mode(m)+".")
	}
	return list
}

// unconfirmed are the gated comparisons that regressed once and not again.
func unconfirmed(v *gate.Verdict) []row {
	var rows []row
	for _, c := range v.Comparisons {
		if c.Unconfirmed {
			rows = append(rows, newRow(v, c))
		}
	}
	return rows
}
