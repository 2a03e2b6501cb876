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
	for _, class := range slices.Sorted(maps.Keys(p.Tolerance)) {
		if !slices.Contains(bench.Classes(), class) {
			return fmt.Errorf("policy: tolerance.%s: no such class; use exact, steady, racy, timing or memory", class)
		}
	}
	for _, class := range bench.Classes() {
		t, ok := p.Tolerance[class]
		if !ok {
			return fmt.Errorf("policy: tolerance.%s is missing; set it, for example to %v", class, DefaultPolicy().Tolerance[class])
		}
		if err := tolerance("tolerance."+string(class), t); err != nil {
			return err
		}
		if class != bench.Exact && t > 1 {
			return fmt.Errorf("policy: tolerance.%s is %v, which accepts a change to %v times the base; write a fraction, such as 0.05 for 5 %%", class, t, 1+t)
		}
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
		if r.Gate == nil && r.Tolerance == nil {
			return fmt.Errorf("policy: %s (benchmark %q, metric %q) changes nothing; set gate or tolerance, or remove it", field, r.Benchmark, r.Metric)
		}
		if r.Tolerance == nil {
			continue
		}
		if err := tolerance(field+".tolerance", *r.Tolerance); err != nil {
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
