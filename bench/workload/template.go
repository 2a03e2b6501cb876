package workload

import (
	"fmt"

	"github.com/google/cel-go/cel"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/strictyaml"
)

// A Template is a YAML value in which any value can be a CEL expression with the tag !cel.
type Template struct {
	expression *expression          // of the whole value
	object     map[string]*Template // of a mapping
	list       []*Template          // of a list
	scalar     any                  // of anything else
	at         func(error) error
}

// newTemplate compiles the expressions in a node.
func newTemplate(env *cel.Env, d *strictyaml.Decoder, n *yaml.Node) (*Template, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	t := &Template{at: func(err error) error { return d.Errorf(n, "%v", err) }}
	if n.Tag == celTag {
		expression, err := compile(env, d, n)
		t.expression = expression
		return t, err
	}
	switch n.Kind {
	case yaml.MappingNode:
		t.object = make(map[string]*Template, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if _, twice := t.object[key.Value]; twice {
				return nil, d.Errorf(key, "%s is set twice; remove one", key.Value)
			}
			value, err := newTemplate(env, d, n.Content[i+1])
			if err != nil {
				return nil, err
			}
			t.object[key.Value] = value
		}
		return t, nil
	case yaml.SequenceNode:
		t.list = make([]*Template, len(n.Content))
		for i, item := range n.Content {
			element, err := newTemplate(env, d, item)
			if err != nil {
				return nil, err
			}
			t.list[i] = element
		}
		return t, nil
	default:
		if err := n.Decode(&t.scalar); err != nil {
			return nil, d.Errorf(n, "%v", err)
		}
		if whole, ok := t.scalar.(int); ok {
			t.scalar = int64(whole)
		}
		return t, nil
	}
}

// value returns the template's value for values of the variables. Every call returns a
// value of its own.
func (t *Template) value(vars Vars) (any, error) {
	switch {
	case t == nil:
		return nil, nil
	case t.expression != nil:
		return t.expression.value(vars)
	case t.object != nil:
		object := make(map[string]any, len(t.object))
		for key, field := range t.object {
			value, err := field.value(vars)
			if err != nil {
				return nil, err
			}
			object[key] = value
		}
		return object, nil
	case t.list != nil:
		list := make([]any, len(t.list))
		for i, element := range t.list {
			value, err := element.value(vars)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	default:
		return t.scalar, nil
	}
}

// evaluate returns the template's value as a T, or a T's zero value if there is no template
// or its value is null.
func evaluate[T any](t *Template, vars Vars) (T, error) {
	value, err := t.value(vars)
	if err != nil {
		var zero T
		return zero, err
	}
	converted, err := as[T](value)
	if err != nil {
		return converted, t.at(err)
	}
	return converted, nil
}

// Object returns the template's value as an object.
func (t *Template) Object(vars Vars) (map[string]any, error) {
	value, err := t.value(vars)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, t.at(fmt.Errorf("want keys and values, got %T", value))
	}
	return object, nil
}

// text returns a string in the template that no expression makes, by its keys.
func (t *Template) text(keys ...string) string {
	for _, key := range keys {
		if t = t.object[key]; t == nil {
			return ""
		}
	}
	text, _ := t.scalar.(string)
	return text
}
