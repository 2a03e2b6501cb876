// Package suite provides what all benchmark suites use: the lab that a session gives
// them, the RGDs that they work on, and the timing of an operation.
//
// Suites treat KRO as a black box: they use only the Kubernetes API and what every
// release of KRO offers (status.state of RGDs and instances). An operation ends when the
// watch event that shows its outcome is received. Its cost is read after the controller
// has settled.
package suite

import (
	"context"

	"github.com/kro/perf-gate/bench"
)

// A Profile is the amount of work that a suite does in one session.
type Profile string

const (
	Quick    Profile = "quick"    // three minutes: for pull requests on small machines
	Standard Profile = "standard" // ten minutes: for pull requests that matter
	Full     Profile = "full"     // hours: nightly
)

// Profiles lists all profiles, from the smallest to the largest.
var Profiles = []Profile{Quick, Standard, Full}

// A Suite is a named set of scenarios.
type Suite struct {
	Name string
	// Scenarios returns the suite's scenarios in a profile, in order.
	Scenarios func(Profile) []Scenario
}

// A Scenario is a sequence of benchmarks that build on each other. The last deletes what
// the first created.
type Scenario struct {
	Benchmarks []bench.Benchmark
	// RGD is created, and the given number of instances of it are created and
	// changed, before anything is measured (see [Lab.Prepare]).
	RGD       RGD
	Instances int
	// Run measures the scenario's benchmarks through [Lab.Measure].
	Run func(ctx context.Context, lab *Lab) error
}
