package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Headline returns the verdict in a few words.
func Headline(v *gate.Verdict) string {
	switch v.Status {
	case gate.Pass:
		return "pass, no gated regression"
	case gate.Fail:
		return "fail, " + plural(v.Counts.Regressed, "gated regression")
	case gate.Undecided:
		return "inconclusive, the run could not decide"
	case gate.Error:
		return "error, nothing was compared"
	}
	return string(v.Status)
}

// reason returns why the verdict came out as it did. It is the verdict's reason,
// with figures written as in the rest of the report.
func reason(v *gate.Verdict) string {
	gated := 0
	for _, c := range v.Comparisons {
		if c.Gated && c.Outcome != gate.NotComparable {
			gated++
		}
	}
	worst, regressed := v.Worst()
	suspects := v.Suspects()
	switch {
	case v.Status == gate.Fail && regressed:
		n := len(v.Regressions())
		return fmt.Sprintf("%d of %s regressed%s %s.", n, plural(gated, "gated comparison"), verb(n, ":", ". The worst is"), figures(worst))
	case v.Status == gate.Undecided && len(suspects) > 0 && len(v.Lost()) == 0:
		n := len(suspects)
		return fmt.Sprintf("%d of %s %s worse than tolerated, but may be noise%s %s.",
			n, plural(gated, "gated comparison"), verb(n, "looks", "look"), verb(n, ":", ". The first is"), figures(suspects[0]))
	}
	return v.Reason
}

// figures returns the name of a comparison and its figures.
func figures(c gate.Comparison) string {
	if c.Class == bench.Exact && c.Note != "" && c.Scale == gate.Ratio { // in how many sessions, which medians do not show
		return fmt.Sprintf("%s %s: %s", c.Benchmark, c.Metric, plain(c.Note))
	}
	base, head := sides(c)
	if c.Scale == gate.Difference {
		return fmt.Sprintf("%s in %s: exponent %s → %s, %s", c.Subject(), c.Benchmark, base, head, change(c))
	}
	return fmt.Sprintf("%s %s: %s → %s, %s", c.Benchmark, c.Metric, base, head, change(c))
}

// action returns what the reader should do about the verdict.
func action(in Input) string {
	v := in.Verdict
	switch v.Status {
	case gate.Pass:
		if open, gated := undecided(v); open > 0 {
			return fmt.Sprintf("Nothing to do, as far as the run could see: noise leaves %d of %s undecided.", open, plural(gated, "gated comparison"))
		}
		return "Nothing to do."
	case gate.Fail:
		how := "with a rule in the policy"
		if in.Accept != "" {
			how = in.Accept
		}
		return "Find the cause of the regressions below, or accept them " + how + "."
	case gate.Undecided:
		if lost := v.Lost(); len(lost) > 0 {
			return "Find out why head no longer has it, or stop gating it with a rule in the policy."
		}
		if suspects := v.Suspects(); len(suspects) > 0 && suspects[0].Class == bench.Exact {
			return "Find out why it differs between sessions of the same build."
		}
		return again(in)
	case gate.Error:
		return "The run says nothing about this change. Fix the measurement and run it again."
	}
	return ""
}

// again says how to measure again what the run could not decide.
func again(in Input) string {
	v, repetitions := in.Verdict, in.Record.Header.Plan.Repetitions
	predicted := slices.ContainsFunc(v.Comparisons, func(c gate.Comparison) bool {
		return c.Gated && c.Outcome == gate.Inconclusive && c.Method == gate.Prediction
	})
	need := v.Sight.MinSessions
	switch short := min(v.Base.Sessions, v.Head.Sessions) < need; {
	case predicted:
		return "Give more recorded runs as history, or measure again on a quieter machine."
	case short && repetitions:
		return fmt.Sprintf("Run go test -bench at least %d times for each arm.", need)
	case short:
		return fmt.Sprintf("Measure again with at least --sessions %d.", need)
	default:
		return "Measure again with more sessions (--sessions), or on a quieter machine."
	}
}

// undecided counts the gated comparisons that are inconclusive, and all that could be
// compared.
func undecided(v *gate.Verdict) (open, gated int) {
	for _, c := range v.Comparisons {
		if !c.Gated || c.Outcome == gate.NotComparable {
			continue
		}
		gated++
		if c.Outcome == gate.Inconclusive {
			open++
		}
	}
	return open, gated
}

// counts returns one line on how the comparisons ended.
func counts(c gate.Counts) string {
	return fmt.Sprintf("%s, %d gated: %d regressed, %d improved, %d unchanged, %d inconclusive, %d not comparable",
		plural(c.Total, "comparison"), c.Gated, c.Regressed, c.Improved, c.Unchanged, c.Inconclusive, c.NotComparable)
}

// design returns the layout of the run, in short phrases.
func design(v *gate.Verdict, r *bench.Record) []string {
	plan := r.Header.Plan
	sessions := plural(v.Base.Sessions, "session") + " per arm"
	if v.Base.Sessions != v.Head.Sessions {
		sessions = fmt.Sprintf("%d base and %s", v.Base.Sessions, plural(v.Head.Sessions, "head session"))
	}
	switch order := orderName(plan.Order); {
	case v.Base.Baseline || v.Head.Baseline:
	case plan.Turns == bench.NoTurns:
		sessions += ", measured apart"
	case plan.Turns == bench.ByBlock:
		sessions = plural(v.Base.Sessions, "round") + " of both arms, in turns by blocks"
	case order != "":
		sessions += " in " + order + " order"
	}
	facts := []string{sessions}
	for _, f := range []pair{{"cluster", plan.Cluster}, {"profile", plan.Profile}, {"suites", strings.Join(plan.Suites, ", ")}} {
		if f.Value != "" {
			facts = append(facts, f.Key+" "+f.Value)
		}
	}
	return append(facts, "base "+side(v.Base), "head "+side(v.Head))
}

// orderName returns the name of the order in which the arms took turns.
func orderName(order []bench.Arm) string {
	if len(order) < 2 {
		return ""
	}
	alternating := true
	for i := range order {
		if round := i / 2; i%2 == 0 && i+1 < len(order) {
			if order[i] == order[i+1] {
				return "unpaired"
			}
			alternating = alternating && (order[i] == order[0]) == (round%2 == 0)
		}
	}
	if alternating {
		return "ABBA"
	}
	return "paired"
}

// side returns the name of a build: version and short digest.
func side(s gate.Side) string {
	name := buildName(s.Build)
	if d := shortDigest(s.Build.Digest); d != "" {
		name += " (" + d + ")"
	}
	if s.Baseline {
		name += ", from baseline records"
	}
	return name
}

// buildName returns the version of a build, or the name that the user gave it.
func buildName(b bench.Build) string {
	switch {
	case b.Version != "":
		return b.Version
	case b.Ref != "":
		return b.Ref
	}
	return "unknown build"
}

// shortDigest returns the start of a digest, which is enough to distinguish builds.
func shortDigest(digest string) string {
	d := strings.TrimPrefix(digest, "sha256:")
	return d[:min(len(d), 12)]
}

// maxAlerts limits the lines near the top. The record has the rest.
const maxAlerts = 6

// alerts lists failed sessions and failed operations.
func alerts(r *bench.Record) []string {
	var list []string
	type tally struct{ ops, errors, sessions int }
	type key struct {
		arm       bench.Arm
		benchmark string
	}
	tallies, messages := map[key]*tally{}, map[key]string{}
	var order []key
	sessions, failed, reason := map[bench.Arm]int{}, map[bench.Arm]int{}, map[bench.Arm]string{}
	for _, s := range r.Sessions {
		sessions[s.Arm]++
		if s.Failed != "" && !s.Aborted {
			failed[s.Arm]++
			if reason[s.Arm] == "" {
				reason[s.Arm] = s.Cause()
			}
		}
		for _, result := range s.Results {
			k := key{s.Arm, result.Benchmark}
			if tallies[k] == nil {
				tallies[k] = &tally{}
				order = append(order, k)
			}
			t := tallies[k]
			t.ops += result.Ops
			t.errors += result.Errors
			if result.Errors > 0 {
				t.sessions++
				if messages[k] == "" && len(result.Messages) > 0 {
					messages[k] = result.Messages[0]
				}
			}
		}
	}
	for _, arm := range bench.Arms {
		if failed[arm] > 0 {
			list = append(list, fmt.Sprintf("%s: %d of %s failed and %s not compared: %s",
				arm, failed[arm], plural(sessions[arm], "session"), verb(failed[arm], "is", "are"), reason[arm]))
		}
	}
	slices.SortStableFunc(order, func(a, b key) int { return tallies[b].errors - tallies[a].errors })
	for _, k := range order {
		t := tallies[k]
		if t.errors == 0 {
			continue
		}
		line := fmt.Sprintf("%s: %d of %s failed or timed out in %s of %s", k.arm, t.errors, plural(t.ops, "operation"), plural(t.sessions, "session"), k.benchmark)
		if messages[k] != "" {
			line += ": " + messages[k]
		}
		list = append(list, line)
	}
	if len(list) > maxAlerts {
		list = append(list[:maxAlerts], fmt.Sprintf("… and %d more in the record.", len(list)-maxAlerts))
	}
	return list
}

// A sight says in words which changes the run could have seen.
type sight struct {
	Exact []string // gated metrics in which the run sees any difference beyond the tolerance
	Rows  []sightRow
	Blind []string // gated metrics in which the run could have seen no change
	// Uncovered lists the benchmarks in which the Exact metrics are not gated.
	Uncovered []string
	Error     string // the chance of a false alarm
	Warning   string
}

// meanOnly stands for the number of comparisons of a metric that is gated in the mean
// over all benchmarks alone.
const meanOnly = "the mean"

// A sightRow is the detectable change of one metric, or of its exponents.
type sightRow struct {
	Metric, Comparisons, Median, Worst string
	Growth                             bool // a change of an exponent
}

// newSight says what a run could have seen, whose arms may have been measured apart.
func newSight(v *gate.Verdict, apart bool) sight {
	var s sight
	provided := ""
	if apart {
		provided = ", provided that the machine was the same for base and head, which were measured apart"
	}
	for _, c := range v.Comparisons {
		if !c.Gated || c.Class != bench.Exact || c.Scale != gate.Ratio || c.Base == nil || c.Head == nil {
			continue
		}
		name := c.Metric
		switch {
		case strings.HasPrefix(name, bench.RequestPrefix):
			name = "requests by verb and resource"
		case strings.HasPrefix(name, bench.ReconcilePrefix):
			name = "reconciles by controller and result"
		case strings.HasPrefix(name, bench.RequeuePrefix):
			name = "requeues by type"
		}
		if !slices.Contains(s.Exact, name) {
			s.Exact = append(s.Exact, name)
		}
	}
	slices.SortStableFunc(s.Exact, func(a, b string) int { return bench.Rank(a) - bench.Rank(b) })
	for _, c := range v.Comparisons {
		catalogue, _ := bench.Lookup(c.Metric)
		if !c.Gated && c.Scale == gate.Ratio && catalogue.Class == bench.Exact && slices.Contains(s.Exact, c.Metric) && !slices.Contains(s.Uncovered, c.Benchmark) {
			s.Uncovered = append(s.Uncovered, c.Benchmark)
		}
	}
	for _, m := range v.Sight.Metrics {
		row := sightRow{
			Metric: m.Subject(), Comparisons: fmt.Sprint(m.Comparisons), Growth: m.Scale == gate.Difference,
			Median: shift(m.Scale, m.Median), Worst: shift(m.Scale, m.Worst),
		}
		if m.Mean {
			row.Comparisons = meanOnly
		}
		s.Rows = append(s.Rows, row)
	}
	for _, c := range v.Comparisons {
		seen := slices.ContainsFunc(v.Sight.Metrics, func(m gate.MetricSight) bool { return m.Subject() == c.Subject() })
		if c.Gated && c.Class != bench.Exact && !seen && !slices.Contains(s.Blind, c.Subject()) {
			s.Blind = append(s.Blind, c.Subject())
		}
	}
	if v.Sight.Family > 0 {
		s.Error = fmt.Sprintf("%s %s statistics. The chance of any false alarm among them is at most %s (alpha)%s.",
			plural(v.Sight.Family, "gated comparison"), verb(v.Sight.Family, "uses", "use"), percent(v.Sight.Alpha), provided)
	}
	if have := min(v.Base.Sessions, v.Head.Sessions); v.Sight.Family > 0 && have < v.Sight.MinSessions {
		s.Warning = fmt.Sprintf("A single one of them can fail the run only with at least %s per arm. The smaller arm has %d.",
			plural(v.Sight.MinSessions, "session"), have)
	}
	return s
}

// verb returns the words that agree with n.
func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// None reports whether the run could have seen no change at all.
func (s sight) None() bool { return len(s.Exact) == 0 && len(s.Rows) == 0 }
