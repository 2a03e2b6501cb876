package perfgate

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
	"github.com/google/cel-go/ext"
	"k8s.io/apiserver/pkg/cel/openapi"
	"k8s.io/kube-openapi/pkg/validation/spec"

	krocel "github.com/kubernetes-sigs/kro/pkg/cel"
	celunstructured "github.com/kubernetes-sigs/kro/pkg/cel/unstructured"
	"github.com/kubernetes-sigs/kro/pkg/graph"
)

// An expression is one of those that perf-gate's cel suite measures in a whole instance.
type expression struct {
	name   string
	source string
	// sizes are how many numbers the instance has. An expression that does not use them
	// has none.
	sizes []int
	// want returns its value with that many numbers.
	want func(items int) string
}

var expressions = []expression{
	{
		name:   "field",
		source: "schema.spec.value",
		want:   func(int) string { return "one" },
	},
	{
		name:   "string",
		source: "schema.spec.value + '-' + schema.metadata.name + '-' + schema.metadata.namespace",
		want:   func(int) string { return "one-" + instanceName + "-" + namespace },
	},
	{
		name:   "comprehension",
		source: "schema.spec.numbers.filter(x, x % 2 == 0).map(x, string(x * x)).join(',')",
		sizes:  []int{20, 200},
		want: func(items int) string {
			var squares []string
			for i := 0; i < items; i += 2 {
				squares = append(squares, strconv.Itoa(i*i))
			}
			return strings.Join(squares, ",")
		},
	},
	{
		name:   "nested",
		source: "string(schema.spec.numbers.map(x, schema.spec.numbers.filter(y, y < x).size()).filter(z, z > 2).size())",
		sizes:  []int{20, 100},
		want:   func(items int) string { return strconv.Itoa(items - 3) },
	},
}

// benchmarkCEL measures KRO's CEL environment, and what an expression costs in it and
// in one of cel-go alone.
func benchmarkCEL(b *testing.B) {
	for _, n := range []int{10, 50} {
		b.Run(fmt.Sprintf("op=cel-env/typed=false/n=%d", n), func(b *testing.B) {
			ids := make([]string, n)
			for i := range ids {
				ids[i] = id(i)
			}
			loop(b, func() error {
				env, err := krocel.DefaultEnvironment(krocel.WithResourceIDs(ids))
				return checkEnv(env, err, id(n-1))
			})
		})
		b.Run(fmt.Sprintf("op=cel-env/typed=true/n=%d", n), func(b *testing.B) {
			schemas := build(b, newRGD("flat", n)).ResourceSchemas
			loop(b, func() error {
				env, err := krocel.TypedEnvironment(schemas)
				return checkEnv(env, err, id(n-1))
			})
		})
	}

	schema := build(b, newRGD("flat", 1)).ResourceSchemas[graph.InstanceNodeID]
	env, err := krocel.TypedEnvironment(map[string]*spec.Schema{graph.InstanceNodeID: schema})
	if err != nil {
		b.Fatal(err)
	}
	benchmarkExpressions(b, engine{
		op:      "cel",
		env:     env,
		options: programOptions(),
		wrap: func(instance map[string]any) any {
			return celunstructured.UnstructuredToVal(instance, &openapi.Schema{Schema: schema})
		},
		eval: func(e expression, program cel.Program, scope map[string]any) func() (any, error) {
			compiled := &krocel.Expression{Original: e.source, References: []string{graph.InstanceNodeID}, Program: program}
			return func() (any, error) { return compiled.Eval(scope) }
		},
	})

	env, err = cel.NewEnv(cel.Variable(graph.InstanceNodeID, cel.DynType), ext.Strings())
	if err != nil {
		b.Fatal(err)
	}
	benchmarkExpressions(b, engine{
		op:   "control",
		env:  env,
		wrap: func(instance map[string]any) any { return instance },
		eval: func(_ expression, program cel.Program, scope map[string]any) func() (any, error) {
			return func() (any, error) {
				value, _, err := program.Eval(scope)
				if err != nil {
					return nil, err
				}
				return value.Value(), nil
			}
		},
	})
}

// checkEnv checks that an environment knows a variable.
func checkEnv(env *cel.Env, err error, variable string) error {
	if err != nil {
		return err
	}
	for _, v := range env.Variables() {
		if v.Name() == variable {
			return nil
		}
	}
	return fmt.Errorf("the environment has no variable %s", variable)
}

// An engine evaluates expressions: KRO's, or cel-go's as the control.
type engine struct {
	// op is the beginning of the benchmarks' names.
	op      string
	env     *cel.Env
	options []cel.ProgramOption
	// wrap makes an instance a value of the variable.
	wrap func(instance map[string]any) any
	// eval returns a function that evaluates a program.
	eval func(e expression, program cel.Program, scope map[string]any) func() (any, error)
}

// benchmarkExpressions measures the four steps from an expression to its value.
func benchmarkExpressions(b *testing.B, engine engine) {
	for _, e := range expressions {
		parsed, issues := engine.env.Parse(e.source)
		if issues.Err() != nil {
			b.Fatal(issues.Err())
		}
		checked, issues := engine.env.Check(parsed)
		if issues.Err() != nil {
			b.Fatal(issues.Err())
		}
		b.Run(fmt.Sprintf("op=%s-parse/expr=%s", engine.op, e.name), func(b *testing.B) {
			loop(b, func() error {
				_, issues := engine.env.Parse(e.source)
				return issues.Err()
			})
		})
		b.Run(fmt.Sprintf("op=%s-check/expr=%s", engine.op, e.name), func(b *testing.B) {
			loop(b, func() error {
				_, issues := engine.env.Check(parsed)
				return issues.Err()
			})
		})
		b.Run(fmt.Sprintf("op=%s-program/expr=%s", engine.op, e.name), func(b *testing.B) {
			loop(b, func() error {
				_, err := engine.env.Program(checked, engine.options...)
				return err
			})
		})
		if e.sizes == nil {
			b.Run(fmt.Sprintf("op=%s-eval/expr=%s", engine.op, e.name), func(b *testing.B) {
				benchmarkEval(b, engine, e, checked, 0)
			})
		}
		for _, items := range e.sizes {
			b.Run(fmt.Sprintf("op=%s-eval/expr=%s/items=%d", engine.op, e.name, items), func(b *testing.B) {
				benchmarkEval(b, engine, e, checked, items)
			})
		}
	}
}

// benchmarkEval measures one evaluation, and reports what cel-go says that it costs at
// most and what it does cost.
func benchmarkEval(b *testing.B, engine engine, e expression, checked *cel.Ast, items int) {
	program, err := engine.env.Program(checked, engine.options...)
	if err != nil {
		b.Fatal(err)
	}
	scope := map[string]any{graph.InstanceNodeID: engine.wrap(newInstance(items).Object)}
	evaluate := engine.eval(e, program, scope)
	value, err := evaluate()
	if err != nil {
		b.Fatal(err)
	}
	if want := e.want(items); value != want {
		b.Fatalf("the value is %v instead of %s", value, want)
	}

	estimated, err := engine.env.EstimateCost(checked, sizes{items: uint64(items)})
	if err != nil {
		b.Fatal(err)
	}
	tracked, err := engine.env.Program(checked, slices.Concat(engine.options,
		[]cel.ProgramOption{cel.EvalOptions(cel.OptTrackCost)})...)
	if err != nil {
		b.Fatal(err)
	}
	_, details, err := tracked.Eval(scope)
	if err != nil {
		b.Fatal(err)
	}
	if details.ActualCost() == nil || *details.ActualCost() == 0 {
		b.Fatal("the evaluation has no cost")
	}

	loop(b, func() error {
		_, err := evaluate()
		return err
	})
	b.ReportMetric(float64(estimated.Max), "cel-cost-estimated")
	b.ReportMetric(float64(*details.ActualCost()), "cel-cost")
}

// Sizes tell cel-go how large the values of an instance are, without which it estimates
// that everything costs infinitely much.
type sizes struct{ items uint64 }

// EstimateSize implements [checker.CostEstimator].
func (s sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	if path := element.Path(); len(path) > 0 && path[len(path)-1] == "numbers" {
		return &checker.SizeEstimate{Min: s.items, Max: s.items}
	}
	// No other value is longer than this.
	return &checker.SizeEstimate{Min: 0, Max: 10}
}

// EstimateCallCost implements [checker.CostEstimator].
func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}
