package gate

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/ast"
	"github.com/google/cel-go/common/env"
	"github.com/google/cel-go/common/stdlib"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/traits"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/celexpr"
)

// A Condition is a CEL expression that says whether a rule is for a comparison. Its
// variables are
//
//   - benchmark: the parameters in the benchmark's name, by key. A value is a number where
//     it reads as one, and text elsewhere. Sweeps have no value of the parameter that is
//     swept, and [Geomean] and [Sessions] have no parameters;
//   - name: the benchmark's full name;
//   - suite: its suite, as in [bench.Benchmark]; empty for [Geomean] and [Sessions];
//   - metric: the metric's name;
//   - class: the class of the metric in this benchmark.
//
// The condition does not hold where it needs a parameter that the benchmark does not have.
// In files, it is its text.
type Condition struct {
	text    string
	program cel.Program
}

// Bounds on what a condition may cost, because policies can be hostile.
const (
	conditionSize  = 10_000 // characters
	conditionDepth = 50     // expressions in each other: to check many takes seconds
	conditionCost  = 1_000  // in CEL's units, for one comparison
)

// conditions is the CEL environment of conditions. It takes long to make.
var conditions = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewCustomEnv(
		cel.StdLib(cel.StdLibSubset(pure())),
		cel.CrossTypeNumericComparisons(true),
		cel.ParserExpressionSizeLimit(conditionSize),
		cel.ParserRecursionLimit(conditionDepth),
		cel.ASTValidators(ordered{}),
		cel.Variable("benchmark", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("name", cel.StringType),
		cel.Variable("suite", cel.StringType),
		cel.Variable("metric", cel.StringType),
		cel.Variable("class", cel.StringType),
	)
})

// pure leaves out the parts of dates, because they depend on the machine's time zones.
func pure() *env.LibrarySubset {
	subset := env.NewLibrarySubset()
	for _, f := range stdlib.Functions() {
		if strings.HasPrefix(f.Name(), "get") { // as in getHours
			subset.AddExcludedFunctions(env.NewFunction(f.Name()))
		}
	}
	return subset
}

// ordered refuses maps in conditions, because going through one takes another order every
// time.
type ordered struct{}

func (ordered) Name() string { return "ordered" }

func (ordered) Validate(_ *cel.Env, _ cel.ValidatorConfig, a *ast.AST, issues *cel.Issues) {
	for _, e := range ast.MatchDescendants(ast.NavigateAST(a), ast.KindMatcher(ast.MapKind)) {
		issues.ReportErrorAtID(e.ID(), "maps are not supported here; use a list")
	}
}

// NewCondition compiles a condition. Its error is one line, and knows its place in the
// text if it has one.
func NewCondition(text string) (*Condition, error) {
	environment, err := conditions()
	if err != nil {
		return nil, err
	}
	checked, err := celexpr.Compile(environment, text)
	if err != nil {
		return nil, err
	}
	if checked.OutputType() != cel.BoolType {
		return nil, fmt.Errorf(`want true or false, got a value of type %s; compare it, as in metric == "allocs/op"`, checked.OutputType())
	}
	program, err := environment.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(conditionCost))
	if err != nil {
		return nil, err
	}
	return &Condition{text, program}, nil
}

// String returns the text of the condition in one line.
func (c *Condition) String() string { return strings.Join(strings.Fields(c.text), " ") }

// MarshalText returns the text of the condition.
func (c *Condition) MarshalText() ([]byte, error) { return []byte(c.text), nil }

// UnmarshalText is like [NewCondition].
func (c *Condition) UnmarshalText(text []byte) error {
	compiled, err := NewCondition(string(text))
	if err == nil {
		*c = *compiled
	}
	return err
}

// holds reports whether the condition is true of a comparison.
func (c *Condition) holds(of *candidate) (bool, error) {
	out, _, err := c.program.Eval(of)
	switch {
	case err == nil:
		return out == types.True, nil
	case strings.HasPrefix(err.Error(), noSuchKey):
		return false, nil
	default:
		why := strings.Replace(err.Error(), noSuchOverload, "a value is of another type than it expects", 1)
		return false, fmt.Errorf("policy: the rule when %s cannot be applied to %s of %s: %s; correct it, or narrow it down with benchmark and metric", c, of.metric, of.benchmark.Name, why)
	}
}

// These begin CEL's errors, which have no types of their own.
const (
	noSuchKey      = "no such key: "
	noSuchOverload = "no such overload"
)

// A candidate is a comparison that a rule may be for. It gives the variables of the rule's
// condition when they are asked for.
type candidate struct {
	benchmark bench.Benchmark
	metric    string
	class     bench.Class
	// suffixed is set when Go may have added the number of processors to the name.
	suffixed   bool
	parameters traits.Mapper // nil until they are asked for
}

// ResolveName returns a variable by its name.
func (c *candidate) ResolveName(name string) (any, bool) {
	switch name {
	case "benchmark":
		if c.parameters == nil {
			c.parameters = newParameters(c.benchmark.Name, c.suffixed)
		}
		return c.parameters, true
	case "name":
		return c.benchmark.Name, true
	case "suite":
		return c.benchmark.Suite, true
	case "metric":
		return c.metric, true
	case "class":
		return string(c.class), true
	default:
		return nil, false
	}
}

// Parent returns nil: there are no other variables.
func (c *candidate) Parent() cel.Activation { return nil }

// processors is what Go adds to a benchmark's name if it runs on more than one processor.
var processors = regexp.MustCompile(`-[0-9]+$`)

// newParameters returns those in a benchmark's name.
func newParameters(name string, suffixed bool) parameters {
	if suffixed {
		name = processors.ReplaceAllString(name, "")
	}
	values := map[string]any{}
	for part := range strings.SplitSeq(name, "/") {
		if key, text, ok := strings.Cut(part, "="); ok && text != "*" { // which stands for the sizes of a sweep
			values[key] = parameter(text)
		}
	}
	return parameters{types.NewStringInterfaceMap(types.DefaultTypeAdapter, values), values}
}

// parameter returns a number where the text reads as one.
func parameter(text string) any {
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		return whole
	}
	if number, err := strconv.ParseFloat(text, 64); err == nil && finite(number) {
		return number
	}
	return text
}

// parameters is a map whose keys come in their order, so that a condition that goes through
// them gives the same result every time.
type parameters struct {
	traits.Mapper
	values map[string]any
}

// Iterator returns an iterator over the keys.
func (p parameters) Iterator() traits.Iterator {
	return types.NewStringList(types.DefaultTypeAdapter, slices.Sorted(maps.Keys(p.values))).Iterator()
}
