package graph

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/kro/perf-gate/bench/suite"
)

// The next operation starts only when KRO has settled. The time that takes is no part of
// the latency.
func TestAlone(t *testing.T) {
	var course []string
	lab := &suite.Lab{Settle: func(context.Context) error {
		course = append(course, "settled")
		return nil
	}}
	outcome := time.Unix(1, 0)
	do := alone(lab, func(context.Context, int) (time.Time, error) {
		course = append(course, "done")
		return outcome, nil
	})
	received, err := do(t.Context(), 0)
	if err != nil || !received.Equal(outcome) {
		t.Errorf("%v, %v: want %v", received, err, outcome)
	}
	if want := []string{"done", "settled"}; !slices.Equal(course, want) {
		t.Errorf("%v, want %v", course, want)
	}
	lab.Settle = func(context.Context) error { return errors.New("never quiet") }
	if _, err := do(t.Context(), 1); err == nil {
		t.Error("an operation that never settled did not fail")
	}
}
