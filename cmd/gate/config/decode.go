package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench"
)

// A decoder fills Go values from YAML strictly. An unknown key, a key that is set
// twice, and a value of the wrong type or out of range are errors with a line and a
// column. The strict mode of the library checks no ranges and suggests no keys.
type decoder struct {
	name string
	// valid checks the whole value. The value is valid at first, so an error is due
	// to the part that was filled last.
	valid func() error
}

// decodeYAML decodes data, the content of the file called name, over the struct v. It
// returns the top-level keys that data sets. An empty file sets none.
func decodeYAML(name string, data []byte, v reflect.Value, valid func() error) (set map[string]bool, err error) {
	d := &decoder{name, valid}
	document, err := d.parse(data)
	if err != nil || document == nil {
		return nil, err
	}
	root := document.Content[0]
	if err := d.decode(root, "", "", v); err != nil {
		return nil, err
	}
	set = map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		set[root.Content[i].Value] = true
	}
	return set, nil
}

// parse returns the only document in data, or nil if there is none.
func (d *decoder) parse(data []byte) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	var document, second yaml.Node
	if err := loader.Load(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, d.syntaxError(err)
	}
	if err := loader.Load(&second); err == nil {
		return nil, d.errorf(&second, "unexpected second document; remove it and the line --- before it")
	} else if !errors.Is(err, io.EOF) {
		return nil, d.syntaxError(err)
	}
	return &document, nil
}

// syntaxError converts an error of the YAML library to the form of this package.
func (d *decoder) syntaxError(err error) error {
	if at, ok := errors.AsType[*yaml.LoadError](err); ok {
		position := &yaml.Node{Line: max(at.Mark.Line, 1), Column: max(at.Mark.Column, 1)}
		return d.errorf(position, "not valid YAML: %s; check the indentation (spaces, no tabs) and the quotes", at.Message)
	}
	return d.errorf(&yaml.Node{Line: 1, Column: 1}, "not valid YAML: %v", err)
}

func (d *decoder) errorf(at *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", d.name, at.Line, at.Column, fmt.Sprintf(format, args...))
}

// decode fills v from the node at path. The field of v has the tag.
func (d *decoder) decode(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.ShortTag() == "!!null" {
		return nil // a key without a value sets nothing
	}
	switch v.Kind() {
	case reflect.Struct, reflect.Map:
		return d.mapping(n, path, v)
	case reflect.Slice:
		return d.list(n, path, tag, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return d.decode(n, path, tag, v.Elem())
	default:
		return d.scalar(n, path, tag, v)
	}
}

// mapping fills a struct, or a map with classes or metrics as keys.
func (d *decoder) mapping(n *yaml.Node, path string, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return d.wrongType(n, path, "keys and values")
	}
	known := keys(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		full := strings.TrimPrefix(path+"."+key.Value, ".")
		index := slices.Index(known, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode || index < 0:
			return d.errorf(key, "unknown key %q%s; %s", full, DidYouMean(key.Value, known), choose(known))
		case seen[key.Value]:
			return d.errorf(key, "%s is set twice; remove one", full)
		}
		seen[key.Value] = true
		if err := d.entry(value, full, v, index, key.Value); err != nil {
			return err
		}
	}
	return nil
}

// entry fills one field of a struct, by its index, or one entry of a map, by its
// key.
func (d *decoder) entry(n *yaml.Node, path string, v reflect.Value, index int, key string) error {
	if v.Kind() == reflect.Struct {
		return d.decode(n, path, v.Type().Field(index).Tag, v.Field(index))
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if err := d.decode(n, path, "", value); err != nil {
		return err
	}
	v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	return d.check(n)
}

func (d *decoder) list(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind != yaml.SequenceNode {
		return d.wrongType(n, path, "a list")
	}
	v.SetZero() // the file's list replaces the default one
	// An element is only checked once it is complete.
	inner := &decoder{d.name, func() error { return nil }}
	for i, item := range n.Content {
		element := reflect.New(v.Type().Elem()).Elem()
		if err := inner.decode(item, fmt.Sprintf("%s[%d]", path, i), tag, element); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
		if err := d.check(item); err != nil {
			return err
		}
	}
	if problem := outOfRange(tag, v); problem != "" {
		return d.errorf(n, "%s: %s", path, problem)
	}
	return nil
}

func (d *decoder) scalar(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind != yaml.ScalarNode {
		return d.wrongType(n, path, wanted(v.Type()))
	}
	if !setScalar(n, v) {
		return d.wrongType(n, path, wanted(v.Type()))
	}
	if problem := outOfRange(tag, v); problem != "" {
		return d.errorf(n, "%s: %s", path, problem)
	}
	return d.check(n)
}

func (d *decoder) check(n *yaml.Node) error {
	if err := d.valid(); err != nil {
		return d.errorf(n, "%v", err)
	}
	return nil
}

func (d *decoder) wrongType(n *yaml.Node, path, want string) error {
	if path == "" {
		path = "the file"
	}
	got := "a list"
	switch n.Kind {
	case yaml.MappingNode:
		got = "keys and values"
	case yaml.ScalarNode:
		got = fmt.Sprintf("%.40q", n.Value)
	}
	return d.errorf(n, "%s: want %s, got %s", path, want, got)
}

// setScalar sets v to the value of the node. It reports whether the node has v's
// type.
func setScalar(n *yaml.Node, v reflect.Value) bool {
	tag := n.ShortTag()
	if v.Type() == reflect.TypeFor[time.Duration]() {
		duration, err := time.ParseDuration(n.Value)
		v.SetInt(int64(duration))
		return err == nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.Value)
		return tag == "!!str"
	case reflect.Int:
		value, err := parseInt(n.Value)
		v.SetInt(value)
		return tag == "!!int" && err == nil
	case reflect.Uint64:
		value, err := strconv.ParseUint(n.Value, 0, 64)
		v.SetUint(value)
		return tag == "!!int" && err == nil
	case reflect.Float64:
		value, err := strconv.ParseFloat(n.Value, 64)
		v.SetFloat(value)
		return (tag == "!!int" || tag == "!!float") && err == nil && !math.IsInf(value, 0)
	case reflect.Bool:
		v.SetBool(strings.EqualFold(n.Value, "true"))
		return tag == "!!bool"
	default:
		panic(fmt.Sprintf("configuration cannot hold a %v", v.Type()))
	}
}

// wanted describes a type to the author of the file.
func wanted(t reflect.Type) string {
	if t == reflect.TypeFor[time.Duration]() {
		return "a duration such as 90s or 20m"
	}
	switch t.Kind() {
	case reflect.String:
		return "text (in quotes, if it looks like a number)"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a number"
	default:
		return "true or false"
	}
}

// keys lists the keys that a mapping may have. For a struct they are in the order of
// its fields. For a map they are classes or metrics.
func keys(t reflect.Type) []string {
	var names []string
	if t.Kind() == reflect.Map {
		if t.Key() == reflect.TypeFor[bench.Class]() {
			return text(bench.Classes()...)
		}
		for _, m := range bench.Metrics() {
			names = append(names, m.Name)
		}
		return names
	}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

func parseInt(s string) (int64, error) { return strconv.ParseInt(s, 0, strconv.IntSize) }
