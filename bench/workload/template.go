package workload

import (
	"fmt"
	"math"
	"slices"

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
		seen := make(map[string]*yaml.Node, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i]
			if key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge" {
				return nil, d.Errorf(key, "want a plain key; write the keys of << and ? out")
			}
			if first, twice := seen[key.Value]; twice && !same(first, n.Content[i+1]) {
				return nil, d.Errorf(key, "%s is set twice; remove one", key.Value)
			}
			seen[key.Value] = n.Content[i+1]
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
		var err error
		t.scalar, err = scalar(n)
		if err != nil {
			return nil, t.at(err)
		}
		return t, nil
	}
}

// same reports whether two nodes have the same content. kubectl accepts a key that is set
// twice, and files that were written for it have such keys.
func same(a, b *yaml.Node) bool {
	return a.Kind == b.Kind && a.Value == b.Value && a.ShortTag() == b.ShortTag() && a.Alias == b.Alias &&
		slices.EqualFunc(a.Content, b.Content, same)
}

// scalar returns the value of a scalar as Kubernetes reads it: a time, for example, is text.
func scalar(n *yaml.Node) (any, error) {
	switch tag := n.ShortTag(); tag {
	case "!!null", "!!bool", "!!int", "!!float":
		var value any
		if err := n.Decode(&value); err != nil {
			return nil, fmt.Errorf("%q does not have the type %s; put text into quotes", n.Value, tag)
		}
		switch value := value.(type) {
		case int:
			return int64(value), nil
		case float64:
			if math.IsNaN(value) || math.IsInf(value, 0) {
				return nil, fmt.Errorf("JSON has no %s; use another number", n.Value)
			}
		case nil, bool, int64:
		default:
			return nil, fmt.Errorf("%s is too large; use a smaller number, or text in quotes", n.Value)
		}
		return value, nil
	case "!!str", "!!timestamp":
		return n.Value, nil
	default:
		return nil, fmt.Errorf("unknown tag %s; use %s for an expression, and no other", tag, celTag)
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

// field returns the value of a part of the template, by its keys.
func (t *Template) field(vars Vars, keys ...string) (any, error) {
	for t != nil && len(keys) > 0 && t.object != nil {
		t, keys = t.object[keys[0]], keys[1:]
	}
	value, err := t.value(vars)
	for _, key := range keys {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	return value, err
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
