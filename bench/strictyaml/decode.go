// Package strictyaml fills Go values from YAML strictly. An unknown key, a key that is
// set twice, and a value of the wrong type or out of range are errors with a line and a
// column. The strict mode of the YAML library checks no ranges and suggests no keys.
package strictyaml

import (
	"bytes"
	"encoding"
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
)

// A Decoder decodes one file. The yaml tag of a field is its key, an enum tag names the
// list of accepted words, and a min tag gives the smallest accepted value.
type Decoder struct {
	Name string // of the file
	// Words are the lists that enum tags name.
	Words map[string][]string
	// MapKeys returns the keys that a map of a type may have, or nil if it may have any.
	MapKeys func(reflect.Type) []string
	// Valid checks the whole value, if it is not nil. The value is valid at first, so an
	// error is due to the part that was filled last.
	Valid func() error
}

// A Node is a value that decodes itself.
type Node interface {
	// DecodeYAML fills the value from a node. Its errors come from [Decoder.Errorf].
	DecodeYAML(d *Decoder, n *yaml.Node) error
}

// A Placed error knows its place in the text of a scalar: a line, from 1, and a column,
// from 0. A value that is an [encoding.TextUnmarshaler] may return one.
type Placed interface {
	error
	Place() (line, column int)
}

// Decode decodes data over the struct that v points to. It returns the top-level keys that
// data sets. An empty file sets none.
func (d *Decoder) Decode(data []byte, v any) (set map[string]bool, err error) {
	root, err := d.Parse(data)
	if err != nil || root == nil {
		return nil, err
	}
	if err := d.decode(root, "", "", reflect.ValueOf(v).Elem()); err != nil {
		return nil, err
	}
	set = map[string]bool{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		set[root.Content[i].Value] = true
	}
	return set, nil
}

// Parse returns the root of the only document in data, or nil if there is none.
func (d *Decoder) Parse(data []byte) (*yaml.Node, error) {
	documents, err := d.ParseAll(data)
	switch {
	case err != nil || len(documents) == 0:
		return nil, err
	case len(documents) > 1:
		return nil, d.Errorf(documents[1], "unexpected second document; remove it and the line --- before it")
	}
	return documents[0], nil
}

// ParseAll returns the roots of all documents in data.
func (d *Decoder) ParseAll(data []byte) (roots []*yaml.Node, err error) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	for {
		var document yaml.Node
		if err := loader.Load(&document); errors.Is(err, io.EOF) {
			return roots, nil
		} else if err != nil {
			return nil, d.syntaxError(err)
		}
		if err := d.checkAliases(&document, nil, new(int)); err != nil {
			return nil, err
		}
		roots = append(roots, document.Content[0])
	}
}

// maxNodes is the number of values that a document may have once its aliases are replaced
// by what they stand for.
const maxNodes = 1_000_000

// checkAliases refuses an alias inside of what it stands for, and aliases of aliases that
// multiply. Code that follows aliases would not come to an end.
func (d *Decoder) checkAliases(n *yaml.Node, within []*yaml.Node, seen *int) error {
	if *seen++; *seen > maxNodes {
		return d.Errorf(n, "aliases make more than %d values; write fewer of them", maxNodes)
	}
	if n.Kind == yaml.AliasNode {
		if slices.Contains(within, n.Alias) {
			return d.Errorf(n, "the alias *%s is inside of its own anchor; write the value out", n.Value)
		}
		return d.checkAliases(n.Alias, within, seen)
	}
	if len(n.Content) == 0 {
		return nil
	}
	within = append(within, n)
	for _, part := range n.Content {
		if err := d.checkAliases(part, within, seen); err != nil {
			return err
		}
	}
	return nil
}

// DecodeNode decodes one node over the value that v points to.
func (d *Decoder) DecodeNode(n *yaml.Node, v any) error {
	return d.decode(n, "", "", reflect.ValueOf(v).Elem())
}

// syntaxError converts an error of the YAML library to the form of this package.
func (d *Decoder) syntaxError(err error) error {
	if at, ok := errors.AsType[*yaml.LoadError](err); ok {
		position := &yaml.Node{Line: max(at.Mark.Line, 1), Column: max(at.Mark.Column, 1)}
		return d.Errorf(position, "not valid YAML: %s; check the indentation (spaces, no tabs) and the quotes", at.Message)
	}
	return d.Errorf(&yaml.Node{Line: 1, Column: 1}, "not valid YAML: %v", err)
}

// Errorf returns an error at a node.
func (d *Decoder) Errorf(at *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", d.Name, at.Line, at.Column, fmt.Sprintf(format, args...))
}

// ErrorIn returns err at its place in the file. That is where the text of a scalar begins,
// unless err is [Placed].
func (d *Decoder) ErrorIn(n *yaml.Node, err error) error {
	line, column := 1, 0
	if placed, ok := errors.AsType[Placed](err); ok {
		line, column = placed.Place()
	}
	return d.Errorf(inside(n, line, column), "%v", err)
}

// inside returns the place in a file of a line, from 1, and a column, from 0, of the text
// of a scalar. In text that YAML folds or unescapes, the column can be too small.
func inside(n *yaml.Node, line, column int) *yaml.Node {
	at := yaml.Node{Line: n.Line, Column: n.Column + column}
	if n.Style&yaml.TaggedStyle != 0 {
		at.Column += len(n.Tag) + len(` `)
	}
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0: // begins on the next line, usually indented by two
		at.Line += line
		at.Column = 1 + column
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		at.Column += len(`"`)
	}
	return &at
}

// decode fills v from the node at path. The field of v has the tag.
func (d *Decoder) decode(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.ShortTag() == "!!null" {
		if v.Type().Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
			return d.Errorf(n, "%s is empty; give it a value, or remove it", path)
		}
		return nil // a key without a value sets nothing
	}
	if node, ok := v.Addr().Interface().(Node); ok {
		return node.DecodeYAML(d, n)
	}
	if text, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return d.text(n, path, text)
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

// mapping fills a struct or a map.
func (d *Decoder) mapping(n *yaml.Node, path string, v reflect.Value) error {
	if n.Kind != yaml.MappingNode {
		return d.wrongType(n, path, "keys and values")
	}
	known := d.KeysOf(v.Type())
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		full := strings.TrimPrefix(path+"."+key.Value, ".")
		index := slices.Index(known, key.Value)
		switch {
		case key.Kind != yaml.ScalarNode || index < 0 && known != nil:
			return d.Errorf(key, "unknown key %q%s; %s", full, DidYouMean(key.Value, known), choose(known))
		case seen[key.Value]:
			return d.Errorf(key, "%s is set twice; remove one", full)
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
func (d *Decoder) entry(n *yaml.Node, path string, v reflect.Value, index int, key string) error {
	if v.Kind() == reflect.Struct {
		return d.decode(n, path, v.Type().Field(index).Tag, v.Field(index))
	}
	value := reflect.New(v.Type().Elem()).Elem()
	if err := d.decode(n, path, "", value); err != nil {
		return err
	}
	if v.IsNil() {
		v.Set(reflect.MakeMap(v.Type()))
	}
	v.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), value)
	return d.check(n)
}

func (d *Decoder) list(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind != yaml.SequenceNode {
		return d.wrongType(n, path, "a list")
	}
	v.SetZero() // the file's list replaces the default one
	// An element is only checked once it is complete.
	inner := *d
	inner.Valid = nil
	for i, item := range n.Content {
		if item.ShortTag() == "!!null" {
			return d.Errorf(item, "%s[%d] is empty; give it a value, or remove it", path, i)
		}
		element := reflect.New(v.Type().Elem()).Elem()
		if err := inner.decode(item, fmt.Sprintf("%s[%d]", path, i), tag, element); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element))
		if err := d.check(item); err != nil {
			return err
		}
	}
	if problem := d.OutOfRange(tag, v); problem != "" {
		return d.Errorf(n, "%s: %s", path, problem)
	}
	return nil
}

func (d *Decoder) scalar(n *yaml.Node, path string, tag reflect.StructTag, v reflect.Value) error {
	if n.Kind != yaml.ScalarNode {
		return d.wrongType(n, path, wanted(v.Type()))
	}
	if !setScalar(n, v) {
		return d.wrongType(n, path, wanted(v.Type()))
	}
	if problem := d.OutOfRange(tag, v); problem != "" {
		return d.Errorf(n, "%s: %s", path, problem)
	}
	return d.check(n)
}

// text fills a value that reads itself from text.
func (d *Decoder) text(n *yaml.Node, path string, v encoding.TextUnmarshaler) error {
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.ScalarNode && tag == "!!str":
	case n.Style&yaml.TaggedStyle != 0:
		return d.Errorf(n, "%s: YAML takes %s for a tag, because it begins with !; put the text into quotes", path, tag)
	default:
		return d.wrongType(n, path, wanted(reflect.TypeFor[string]()))
	}
	if err := v.UnmarshalText([]byte(n.Value)); err != nil {
		return d.ErrorIn(n, fmt.Errorf("%s: %w", path, err))
	}
	return d.check(n)
}

func (d *Decoder) check(n *yaml.Node) error {
	if d.Valid == nil {
		return nil
	}
	if err := d.Valid(); err != nil {
		return d.Errorf(n, "%v", err)
	}
	return nil
}

func (d *Decoder) wrongType(n *yaml.Node, path, want string) error {
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
	return d.Errorf(n, "%s: want %s, got %s", path, want, got)
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

// KeysOf lists the keys that a mapping may have. For a struct they are in the order of its
// fields.
func (d *Decoder) KeysOf(t reflect.Type) []string {
	if t.Kind() == reflect.Map {
		if d.MapKeys == nil {
			return nil
		}
		return d.MapKeys(t)
	}
	var names []string
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		names = append(names, name)
	}
	return names
}

// OutOfRange describes the problem with a value that the enum or min tag of its
// field does not accept. It returns "" if there is none.
func (d *Decoder) OutOfRange(tag reflect.StructTag, v reflect.Value) string {
	if list, ok := tag.Lookup("enum"); ok {
		return notIn(d.Words[list], v)
	}
	least, ok := tag.Lookup("min")
	if !ok {
		return ""
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		if bound, _ := time.ParseDuration(least); v.Int() < int64(bound) {
			return fmt.Sprintf("%v is too short; use %v or more", v, bound)
		}
		return ""
	}
	if bound, _ := parseInt(least); v.Int() < bound {
		return fmt.Sprintf("%v is too small; use %v or more", v, bound)
	}
	return ""
}

// notIn describes the problem with a word, or a list of words, that is not among the
// known ones. It returns "" if there is none.
func notIn(known []string, v reflect.Value) string {
	if v.Kind() == reflect.Slice {
		if v.Len() == 0 {
			return "the list is empty; " + choose(known)
		}
		for i := range v.Len() {
			if problem := notIn(known, v.Index(i)); problem != "" {
				return problem
			}
		}
		return ""
	}
	return Unknown(v.String(), known)
}

func parseInt(s string) (int64, error) { return strconv.ParseInt(s, 0, strconv.IntSize) }
