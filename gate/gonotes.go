package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// celGo is the module whose cost units CEL expressions are counted in.
const celGo = "github.com/google/cel-go"

// goNotes warns of Go benchmarks that were not measured, or not alike.
func goNotes(plan bench.Plan) (warnings []string) {
	g := plan.Go
	if g == nil {
		return nil
	}
	note := func(format string, args ...any) { warnings = append(warnings, fmt.Sprintf(format, args...)) }
	for _, arm := range bench.Arms {
		for _, label := range slices.Sorted(maps.Keys(g.Broken[arm])) {
			note("the tests of %s do not build in %s: %s", label, arm, firstError(g.Broken[arm][label]))
		}
	}
	for _, arm := range bench.Arms {
		if names := g.OnlyIn[arm]; len(names) > 0 {
			note("only %s has %s: %s", arm, plural(len(names), "benchmark"), some(names))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Failing)) {
		note("%s is not measured, because it fails: %s", name, g.Failing[name])
	}
	if len(g.Slow) > 0 {
		note("not measured in the profile %s, because an iteration takes too long: %s", plan.Profile, some(g.Slow))
	}
	if len(g.Same) > 0 {
		note("not measured, because base and head run the same: the benchmarks of %s", some(g.Same))
	}
	if len(g.Edited) > 0 && g.Source == "" {
		note("the test files of %s differ, so that the arms may measure different work; --bench-source gives both the same", some(g.Edited))
	}
	return warnings
}

// firstError returns the first line of a compiler's output that is not a heading.
func firstError(output string) string {
	for line := range strings.Lines(output) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			return line
		}
	}
	return "the go command does not say why"
}

// mostNamed is how many names a warning lists.
const mostNamed = 5

// some lists names, or the first of many.
func some(names []string) string {
	if len(names) <= mostNamed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:mostNamed], ", "), len(names)-mostNamed)
}

// costUnits reports whether a metric counts in units of cel-go.
func costUnits(metric string) bool {
	return metric == bench.CELCost || metric == bench.CELCostEstimated
}
