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
	// Suite is a built-in one, such as crud, or that of a user's workload.
	Suite string `json:"suite"`
	// Ops is the number of operations that one session runs.
	Ops int `json:"ops"`
	// Concurrent is set when operations overlap. The controller then coalesces
	// work depending on timing, so counts are not exact.
	Concurrent bool `json:"concurrent,omitempty"`
	// Racy is set when KRO's own timers race with its watches in this benchmark.
	// The number of reconciles then differs from run to run, and so does everything
	// that follows from it.
	Racy bool `json:"racy,omitempty"`
	// Sweep is the key of the parameter whose value is the size of the work. Benchmarks
	// of a plan whose names differ in nothing else are one [Sweep].
	Sweep string `json:"sweep,omitempty"`
}

// Class returns the metric's class in this benchmark. It is the catalogue's class,
// with one exception: where the number of reconciles depends on timing, counts,
// allocations and bytes are of class [Racy], except errors, graph builds and what the
// controller still holds after the benchmark.
func (b Benchmark) Class(metric string) Class {
	m, _ := Lookup(metric)
	return b.class(m)
}

// Class is like [Benchmark.Class], but also knows the metrics in the plan's units.
func (p Plan) Class(b Benchmark, metric string) Class {
	m, _ := p.Metric(metric)
	return b.class(m)
}

func (b Benchmark) class(m Metric) Class {
	reproducible := !b.Concurrent && !b.Racy
	counted := m.Class == Exact || m.Class == Steady
	if reproducible || !counted || m.Group == Errors || m.Group == MemoryUse || m.Name == GraphBuildsPerOp {
		return m.Class
	}
	return Racy
}

// Family returns the part of the name that does not depend on the size of the work: the
// suite and the operation.
func (b Benchmark) Family() string {
	suite, params, _ := strings.Cut(b.Name, "/")
	for param := range strings.SplitSeq(params, "/") {
		if strings.HasPrefix(param, "op=") {
			return suite + "/" + param
		}
	}
	return suite
}

// A Param is one key and value of a benchmark's name.
type Param struct{ Key, Value string }

// Name returns a benchmark's name, built from its suite and parameters.
func Name(suite string, params ...Param) string {
	var b strings.Builder
	b.WriteString(suite)
	for _, p := range params {
		fmt.Fprintf(&b, "/%s=%s", p.Key, p.Value)
	}
	return b.String()
}
