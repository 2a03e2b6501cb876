// Package suite holds what the benchmark suites share: the lab a session gives
// them, the RGDs they work on, and how an operation is timed.
//
// Suites are black boxes around KRO: they speak the Kubernetes API only and use
// nothing of KRO but what every release offers (status.state of RGDs and
// instances). An operation ends with the receipt of the watch event that shows
// its outcome; its cost is read only after the controller has settled.
package suite

import (
	"context"

	"github.com/kro/perf-gate/bench"
)

// A Profile is how much work a suite does in one session.
type Profile string

const (
	Quick    Profile = "quick"    // three minutes: for pull requests on small machines
	Standard Profile = "standard" // half an hour: for pull requests that matter
	Full     Profile = "full"     // hours: nightly
)

// Profiles lists them from the smallest to the largest.
var Profiles = []Profile{Quick, Standard, Full}

// A Suite is a named set of scenarios.
type Suite struct {
	Name string
	// Scenarios are what the suite runs in a profile, in order.
	Scenarios func(Profile) []Scenario
}

// A Scenario is a sequence of benchmarks that build on each other: what the
// first creates, the last deletes.
type Scenario struct {
	Benchmarks []bench.Benchmark
	// RGD is installed, and Instances of it are created and changed, before
	// anything is measured (see [Lab.Prepare]).
	RGD       RGD
	Instances int
	// Run measures the scenario's benchmarks through [Lab.Measure].
	Run func(ctx context.Context, lab *Lab) error
}
