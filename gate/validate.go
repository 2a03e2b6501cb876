package gate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Validate returns the first fault, as one line with the field, its value and the
// remedy.
func (p Policy) Validate() error {
	if err := probability("alpha", p.Alpha, "0.05"); err != nil {
		return err
	}
	if err := probability("means-share", p.MeansShare, "0.33"); err != nil {
		return err
	}
	if err := probability("confidence", p.Confidence, "0.95"); err != nil {
		return err
	}
	if err := perClass("tolerance", p.Tolerance, DefaultPolicy().Tolerance); err != nil {
		return err
	}
	for _, class := range bench.Classes() {
		if t := p.Tolerance[class]; class != bench.Exact && t > 1 {
			return fmt.Errorf("policy: tolerance.%s is %v, which accepts a change to %v times the base; write a fraction, such as 0.05 for 5 %%", class, t, 1+t)
		}
	}
	if err := perClass("growth", p.Growth, DefaultPolicy().Growth); err != nil {
		return err
	}
	for _, metric := range slices.Sorted(maps.Keys(p.Floor)) {
		if _, ok := bench.Lookup(metric); !ok {
			return fmt.Errorf("policy: floor.%s: no such metric; use one of docs/metrics.md", metric)
		}
		if err := tolerance("floor."+metric, p.Floor[metric]); err != nil {
			return err
		}
	}
	if err := tolerance("machine", p.Machine); err != nil {
		return err
	}
	for i, r := range p.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if r.Gate == nil && r.Tolerance == nil && r.Growth == nil {
			return fmt.Errorf("policy: %s (benchmark %q, metric %q) changes nothing; set gate, tolerance or growth, or remove it", field, r.Benchmark, r.Metric)
		}
		for _, s := range []Scale{Ratio, Difference} {
			if t := r.tolerance(s); t != nil {
				if err := tolerance(field+map[Scale]string{Ratio: ".tolerance", Difference: ".growth"}[s], *t); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// perClass returns the first fault of tolerances, which every class must have.
func perClass(field string, tolerances, usual map[bench.Class]float64) error {
	for _, class := range slices.Sorted(maps.Keys(tolerances)) {
		if !slices.Contains(bench.Classes(), class) {
			return fmt.Errorf("policy: %s.%s: no such class; use exact, steady, racy, timing or memory", field, class)
		}
	}
	for _, class := range bench.Classes() {
		t, ok := tolerances[class]
		if !ok {
			return fmt.Errorf("policy: %s.%s is missing; set it, for example to %v", field, class, usual[class])
		}
		if err := tolerance(field+"."+string(class), t); err != nil {
			return err
		}
	}
	return nil
}

func probability(field string, v float64, example string) error {
	if v > 0 && v < 1 { // false for NaN
		return nil
	}
	return fmt.Errorf("policy: %s is %v; use a number between 0 and 1, both excluded, such as %s", field, v, example)
}

func tolerance(field string, v float64) error {
	if v >= 0 && finite(v) {
		return nil
	}
	return fmt.Errorf("policy: %s is %v; use 0 or a positive number", field, v)
}
