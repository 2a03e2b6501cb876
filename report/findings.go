package report

import (
	"fmt"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// findings returns one sentence for each group of regressions.
func findings(v *gate.Verdict) []string {
	var list []string
	for _, f := range v.Findings {
		worst := v.Comparisons[f.Worst]
		if f.Scale == gate.Difference {
			list = append(list, growthFindings(v, f)...)
			continue
		}
		if gate.IsMean(f.Benchmarks[0]) { // there is no benchmark among them then
			list = append(list, meanFinding(v, f, worst))
			continue
		}
		list = append(list, fmt.Sprintf("%s (%s) regressed in %s, most in %s: %s",
			f.Group, strings.Join(f.Metrics, ", "), plural(len(f.Benchmarks), "benchmark"), worst.Benchmark, change(worst)))
	}
	return list
}

// meanFinding returns a sentence on a regression of means, which no single benchmark
// showed: the mean, and the benchmark that changed most.
func meanFinding(v *gate.Verdict, f gate.Finding, mean gate.Comparison) string {
	over := "all benchmarks"
	if family, some := strings.CutPrefix(mean.Benchmark, gate.Geomean+" "); some {
		over = family
	}
	s := fmt.Sprintf("%s (%s) regressed in the mean over %s: %s", f.Group, strings.Join(f.Metrics, ", "), over, change(mean))
	var most *gate.Comparison
	for i, c := range v.Comparisons {
		if !gate.InMean(c.Benchmark, mean.Benchmark) || c.Metric != mean.Metric || c.Class != mean.Class || c.Ratio == nil {
			continue
		}
		if most == nil || c.Worsening(*c.Ratio) > most.Worsening(*most.Ratio) {
			most = &v.Comparisons[i]
		}
	}
	if most != nil {
		s += fmt.Sprintf("; most in %s: %s", most.Benchmark, change(*most))
	}
	return s
}

// maxModes limits the latencies whose modes a report describes.
const maxModes = 5

// circumstances returns what the decision knew of the machine and of other runs,
// a sentence or two each.
func circumstances(v *gate.Verdict, plan bench.Plan) []string {
	var list []string
	switch m := v.Machine; {
	case m == nil:
	case plan.Turns == bench.ByBlock: // both arms of a round have the same machine
		list = append(list, fmt.Sprintf("Machine: the control workload took %s in the median round. Rounds differ by up to %s.",
			amount("s", m.Base), strings.TrimPrefix(signedPercent(1+m.Drift), "+")))
	default:
		s := fmt.Sprintf("Machine: the control workload took %s in base's sessions and %s in head's, %s %s. Sessions differ by up to %s.",
			amount("s", m.Base), amount("s", m.Head), ratio(m.Ratio), interval(m.Ratio, m.CI), strings.TrimPrefix(signedPercent(1+m.Drift), "+"))
		if m.Corrected > 0 {
			s += fmt.Sprintf(" It corrects %s.", plural(m.Corrected, "timing"))
		}
		list = append(list, s)
	}
	if v.Shift != nil {
		list = append(list, fmt.Sprintf("All timings moved together, by a median of %s. The likely cause is the machine and not the code.", ratio(*v.Shift)))
	}
	learned, predicted := 0, 0
	for _, c := range v.Comparisons {
		switch {
		case !c.Gated:
		case c.Method == gate.Prediction:
			predicted++
		case c.Learned != nil && *c.Learned >= c.Tolerance:
			learned++
		}
	}
	switch n := v.Sight.History; {
	case predicted > 0:
		list = append(list, fmt.Sprintf("Base and head were measured apart. %s of unchanged code %s head in %s.",
			plural(n, "recorded run"), verb(n, "predicts", "predict"), plural(predicted, "gated comparison")))
	case n == 0 && v.Sight.Family > 0:
		list = append(list, "All tolerances come from the policy. There is no history of unchanged code to learn from.")
	case n > 0:
		list = append(list, fmt.Sprintf("%s of unchanged code %s the tolerance of %s. The other tolerances come from the policy.",
			plural(n, "recorded run"), verb(n, "sets", "set"), plural(learned, "gated comparison")))
	}
	if len(plan.LeftOut) > 0 {
		list = append(list, fmt.Sprintf("The profile %s does not measure %s on the cluster %s.", plan.Profile, strings.Join(plan.LeftOut, ", "), plan.Cluster))
	}
	if v.Sight.Looks > 1 {
		list = append(list, fmt.Sprintf("The run goes on while it is undecided. This is look %d of at most %d, and the looks share alpha.", v.Sight.Look, v.Sight.Looks))
	}
	for i, m := range v.Modes {
		if i == maxModes {
			list = append(list, fmt.Sprintf("%d more latencies have two modes.", len(v.Modes)-maxModes))
			break
		}
		list = append(list, describeMode(m))
	}
	return list
}

// unconfirmed returns the gated comparisons that regressed at first, but not
// when measured again.
func unconfirmed(v *gate.Verdict) []row {
	var rows []row
	for _, c := range v.Comparisons {
		if c.Unconfirmed {
			rows = append(rows, newRow(v, c))
		}
	}
	return rows
}
