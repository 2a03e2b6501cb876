// Package cel measures the cost of CEL expressions in a graph: the number of evaluations,
// the time of one evaluation, and the cost of an instance as its expressions become more
// complex.
package cel

import (
	"context"
	"strconv"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/suite"
)

// Suite is the cel suite.
var Suite = suite.Suite{Name: "cel", Scenarios: scenarios}

// An expression is a CEL expression of one level of complexity.
type expression struct {
	name string
	text string // a CEL expression that yields a string
	list bool   // whether it uses the instance's list of numbers
}

// expressions are in the order of their complexity.
var expressions = []expression{
	{"field", "schema.spec.value", false},
	{"concat", "schema.spec.value + '-' + schema.metadata.name + '-' + schema.metadata.namespace", false},
	{"condition", "schema.spec.value == 'one' ? 'first' : (schema.spec.value.size() > 3 ? 'long' : 'short')", false},
	{"comprehension", "schema.spec.numbers.filter(x, x % 2 == 0).map(x, string(x * x)).join(',')", true},
	{"nested", "string(schema.spec.numbers.map(x, schema.spec.numbers.filter(y, y < x).size()).filter(z, z > 2).size())", true},
}

// perInstance is the number of equal expressions in an instance.
const perInstance = 5

// A size is one scenario.
type size struct {
	expression string
	items      int // length of the list, for expressions that use it
	ops        int // instances created, one at a time
}

var sizes = map[suite.Profile][]size{
	suite.Quick: {
		{expression: "field", ops: 12},
		{expression: "nested", items: 20, ops: 12},
	},
	suite.Standard: {
		{expression: "field", ops: 10},
		{expression: "concat", ops: 10},
		{expression: "condition", ops: 10},
		{expression: "comprehension", items: 20, ops: 10},
		{expression: "nested", items: 20, ops: 10},
	},
	suite.Full: {
		{expression: "field", ops: 50},
		{expression: "concat", ops: 50},
		{expression: "condition", ops: 50},
		{expression: "comprehension", items: 20, ops: 50},
		{expression: "comprehension", items: 200, ops: 50},
		{expression: "nested", items: 20, ops: 50},
		{expression: "nested", items: 100, ops: 20},
	},
}

func scenarios(profile suite.Profile) []suite.Scenario {
	var list []suite.Scenario
	for _, s := range sizes[profile] {
		for _, e := range expressions {
			if e.name == s.expression {
				list = append(list, s.scenario(e))
			}
		}
	}
	return list
}

func (s size) scenario(e expression) suite.Scenario {
	params := []bench.Param{{Key: "expr", Value: e.name}}
	rgd := suite.RGD{Name: "cel" + e.name + strconv.Itoa(s.items) + "d", Maps: maps(e)}
	if e.list {
		params = append(params, bench.Param{Key: "items", Value: strconv.Itoa(s.items)})
		rgd.Fields = map[string]any{"numbers": "[]integer"}
		rgd.Values = map[string]any{"numbers": numbers(s.items)}
	}
	benchmark := bench.Benchmark{Name: bench.Name("CEL", params...), Suite: "cel", Ops: s.ops}
	return suite.Scenario{
		Benchmarks: []bench.Benchmark{benchmark}, RGD: rgd, Instances: 1,
		Run: func(ctx context.Context, lab *suite.Lab) error {
			instances, err := lab.Instances(ctx, rgd)
			if err != nil {
				return err
			}
			names := lab.Names(s.ops)
			return lab.Measure(ctx, benchmark, suite.OneByOne, func(ctx context.Context, i int) (time.Time, error) {
				return instances.Create(ctx, names[i], "one")
			})
		},
	}
}

// maps returns one ConfigMap, in which the expression is the value of several keys.
func maps(e expression) []map[string]any {
	data := map[string]any{"value": "${schema.spec.value}"}
	for i := range perInstance {
		data["e"+strconv.Itoa(i)] = "${" + e.text + "}"
	}
	return []map[string]any{data}
}

// numbers returns 0, 1, 2, … n-1.
func numbers(n int) []any {
	list := make([]any, n)
	for i := range list {
		list[i] = int64(i)
	}
	return list
}
