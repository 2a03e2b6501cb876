package bench

import (
	"fmt"
	"strings"
)

// A Benchmark is one named piece of work in a suite.
type Benchmark struct {
	// Name is the suite and the parameters in Go benchmark form:
	// CRUD/op=create/shape=flat/n=10.
	Name string `json:"name"`
	// Suite is crud, graph or cel.
	Suite string `json:"suite"`
	// Ops is how many operations one session runs.
	Ops int `json:"ops"`
	// Concurrent is set when operations overlap. What the controller then
	// coalesces depends on timing, so its counts are not exact.
	Concurrent bool `json:"concurrent,omitempty"`
	// Racy is set when KRO's own timers race with its watches in this benchmark:
	// how often it reconciles then differs from run to run, and with it all that
	// follows from that.
	Racy bool `json:"racy,omitempty"`
}

// Class returns how the metric behaves in this benchmark: the catalogue's
// class, except that where the number of reconciles depends on timing, so do
// the other counts and the allocations. Errors and graph builds do not.
func (b Benchmark) Class(metric string) Class {
	m, _ := Lookup(metric)
	return b.class(m)
}

// Class is [Benchmark.Class] for metrics that only the plan knows, too.
func (p Plan) Class(b Benchmark, metric string) Class {
	m, _ := p.Metric(metric)
	return b.class(m)
}

func (b Benchmark) class(m Metric) Class {
	reproducible := !b.Concurrent && !b.Racy
	counted := m.Class == Exact || m.Class == Steady
	if reproducible || !counted || m.Name == ErrorsPerOp || m.Name == GraphBuildsPerOp {
		return m.Class
	}
	return Timing
}

// Param is one key and value of a benchmark's name.
type Param struct{ Key, Value string }

// Name builds a benchmark's name from its suite and parameters.
func Name(suite string, params ...Param) string {
	var b strings.Builder
	b.WriteString(suite)
	for _, p := range params {
		fmt.Fprintf(&b, "/%s=%s", p.Key, p.Value)
	}
	return b.String()
}
