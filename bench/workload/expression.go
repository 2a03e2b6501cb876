package workload

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/celexpr"
	"github.com/kro/perf-gate/bench/strictyaml"
)

// Vars are the values of variables in CEL expressions, by name.
type Vars map[string]any

// celTag is the YAML tag of a value that a CEL expression gives.
const celTag = "!cel"

// library is the CEL environment without variables. It takes long to make.
var library = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		ext.Strings(), ext.Lists(), ext.Math(), ext.Sets(), ext.Encoders(), ext.Bindings(), ext.TwoVarComprehensions(),
		cel.OptionalTypes(), cel.CrossTypeNumericComparisons(true),
		cel.Function("pad", cel.Overload("pad_int_int", []*cel.Type{cel.IntType, cel.IntType}, cel.StringType, cel.BinaryBinding(pad))),
		cel.Function("observed", cel.Overload("observed_dyn", []*cel.Type{cel.DynType}, cel.BoolType, cel.UnaryBinding(observed))),
	)
})

// environment returns the CEL environment in which variables have the names.
func environment(names []string) (*cel.Env, error) {
	env, err := library()
	if err != nil {
		return nil, err
	}
	options := make([]cel.EnvOption, len(names))
	for i, name := range names {
		options[i] = cel.Variable(name, cel.DynType)
	}
	return env.Extend(options...)
}

// pad implements pad(n, width), which writes a number with leading zeros.
func pad(n, width ref.Val) ref.Val {
	return types.String(fmt.Sprintf("%0*d", width.Value(), n.Value()))
}

// observed implements observed(object): whether all conditions that name a generation name
// the current one.
func observed(object ref.Val) ref.Val {
	native, _ := object.Value().(map[string]any)
	status, _ := native["status"].(map[string]any)
	metadata, _ := native["metadata"].(map[string]any)
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		if generation, named := condition["observedGeneration"]; named && generation != metadata["generation"] {
			return types.False
		}
	}
	return types.True
}

// An expression is a CEL expression in a file.
type expression struct {
	text    string
	program cel.Program
	// at puts an error at the expression's place in its file.
	at func(error) error
}

// compile compiles the expression that a node holds.
func compile(env *cel.Env, d *strictyaml.Decoder, n *yaml.Node) (*expression, error) {
	if n.Kind != yaml.ScalarNode {
		return nil, d.Errorf(n, "%s wants a CEL expression; put it into quotes", celTag)
	}
	ast, err := celexpr.Compile(env, n.Value)
	if err != nil {
		return nil, d.ErrorIn(n, err)
	}
	program, err := env.Program(ast, cel.InterruptCheckFrequency(100))
	if err != nil {
		return nil, d.Errorf(n, "%v", err)
	}
	return &expression{n.Value, program, func(err error) error { return d.ErrorIn(n, err) }}, nil
}

// value evaluates the expression to a value as of JSON.
func (e *expression) value(vars Vars) (any, error) {
	out, _, err := e.program.Eval(map[string]any(vars))
	if err != nil {
		if name, unset := strings.CutPrefix(err.Error(), "no such attribute(s): "); unset {
			err = fmt.Errorf("the variable %q has no value here; give it one under defaults", name)
		}
		return nil, e.at(err)
	}
	v, err := plain(out)
	if err != nil {
		return nil, e.at(err)
	}
	return v, nil
}

// holds evaluates a condition. A field that is not there yet makes it false; the error is
// for a reader who wants to know why it never held.
func (e *expression) holds(vars Vars) (bool, error) {
	out, _, err := e.program.Eval(map[string]any(vars))
	if err != nil {
		return false, e.at(err)
	}
	held, ok := out.Value().(bool)
	if !ok {
		return false, e.at(fmt.Errorf("want true or false, got %v", out.Value()))
	}
	return held, nil
}

// plain converts a CEL value to the Go types that JSON values of Kubernetes have.
func plain(v ref.Val) (any, error) {
	switch v := v.(type) {
	case types.Null:
		return nil, nil
	case types.Bool, types.Int, types.Double, types.String:
		return v.Value(), nil
	case types.Uint:
		return int64(v), nil
	case *types.Optional:
		if !v.HasValue() {
			return nil, nil
		}
		return plain(v.GetValue())
	case traits.Mapper:
		object := map[string]any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			name, ok := key.Value().(string)
			if !ok {
				return nil, fmt.Errorf("the key %v is not a string", key.Value())
			}
			value, err := plain(v.Get(key))
			if err != nil {
				return nil, err
			}
			object[name] = value
		}
		return object, nil
	case traits.Lister:
		list := []any{}
		for it := v.Iterator(); it.HasNext() == types.True; {
			value, err := plain(it.Next())
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	default:
		return nil, fmt.Errorf("a value of type %s is not of JSON", v.Type().TypeName())
	}
}

// as converts a value to T. Numbers that are whole are whole numbers.
func as[T any](v any) (T, error) {
	var zero T
	if v == nil {
		return zero, nil
	}
	converted := reflect.ValueOf(v)
	if number, ok := v.(float64); ok && number == float64(int64(number)) && converted.CanConvert(reflect.TypeFor[T]()) {
		converted = reflect.ValueOf(int64(number))
	}
	want := reflect.TypeFor[T]()
	if !converted.CanConvert(want) || converted.Kind() == reflect.Int64 && want.Kind() == reflect.String {
		return zero, errors.New("want " + wanted(want) + fmt.Sprintf(", got %v", v))
	}
	return converted.Convert(want).Interface().(T), nil
}

func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.String:
		return "text"
	default:
		return "true or false"
	}
}
