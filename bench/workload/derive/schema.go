package derive

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A field is a field of an instance's spec, as the RGD's simple schema declares it.
type field struct {
	path []string
	// kind is the type: string, integer, number, boolean, or that of a list or a map.
	kind string
	// markers are what follows the type: required, default, minimum, enum, ….
	markers map[string]string
	// fields are those of an object.
	fields []field
}

// fields lists the fields that a mapping of a simple schema declares, in its order.
func fields(schema *yaml.Node, path []string) (list []field) {
	if schema == nil || schema.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(schema.Content); i += 2 {
		f := field{path: append(slices.Clone(path), schema.Content[i].Value)}
		switch value := schema.Content[i+1]; value.Kind {
		case yaml.MappingNode:
			f.kind, f.fields = "object", fields(value, f.path)
		case yaml.ScalarNode:
			kind, rest, _ := strings.Cut(value.Value, "|")
			f.kind, f.markers = strings.TrimSpace(kind), markers(rest)
		default:
			continue
		}
		list = append(list, f)
	}
	return list
}

// leaves lists the fields without those of objects, but with the fields in them.
func leaves(all []field) (list []field) {
	for _, f := range all {
		if f.kind == "object" {
			list = append(list, leaves(f.fields)...)
		} else {
			list = append(list, f)
		}
	}
	return list
}

// markers reads the markers of a field: key=value, separated by blanks. A value can be in
// double quotes, or have brackets.
func markers(text string) map[string]string {
	found := map[string]string{}
	key, value, inKey, quoted, depth := "", "", true, false, 0
	end := func() {
		if key != "" && !inKey {
			found[key] = unquote(value)
		}
		key, value, inKey = "", "", true
	}
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case quoted && c == '\\' && i+1 < len(text):
			value += text[i : i+2]
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && strings.IndexByte("[{", c) >= 0:
			depth++
		case !quoted && strings.IndexByte("]}", c) >= 0:
			depth--
		}
		switch blank := c == ' ' || c == '\t' || c == '\n'; {
		case blank && !quoted && depth == 0:
			end()
		case c == '=' && inKey:
			inKey = false
		case inKey:
			key += string(c)
		default:
			value += string(c)
		}
	}
	end()
	return found
}

// unquote takes the quotes off a value.
func unquote(value string) string {
	if text, err := strconv.Unquote(value); err == nil {
		return text
	}
	return value
}

// required reports whether an instance has to set the field.
func (f field) required() bool { return f.markers["required"] == "true" }

// another returns a value that the schema allows and that is not the current one. It is
// text for a scalar in YAML. It returns false where only the author can know one.
func (f field) another(current string) (string, bool) {
	if f.markers["immutable"] == "true" || f.markers["validation"] != "" {
		return "", false
	}
	if enum := f.markers["enum"]; enum != "" {
		for word := range strings.SplitSeq(enum, ",") {
			if word = strings.TrimSpace(word); word != "" && word != current {
				return f.literal(word), true
			}
		}
		return "", false
	}
	switch f.kind {
	case "integer":
		n, err := strconv.ParseInt(current, 10, 64)
		if err != nil {
			return "", false
		}
		for _, next := range []int64{n + 1, n - 1} {
			if float64(next) >= f.bound("minimum", math.Inf(-1)) && float64(next) <= f.bound("maximum", math.Inf(1)) {
				return strconv.FormatInt(next, 10), true
			}
		}
	case "boolean":
		if current == "true" || current == "false" {
			return strconv.FormatBool(current != "true"), true
		}
	case "string":
		next := current + "-2"
		if !plainText.MatchString(current) || float64(len(next)) > f.bound("maxLength", math.Inf(1)) {
			return "", false
		}
		if pattern := f.markers["pattern"]; pattern != "" {
			if matches, err := regexp.MatchString(pattern, next); err != nil || !matches {
				return "", false
			}
		}
		return f.literal(next), true
	}
	return "", false
}

// plainText is text that is probably not a quantity, an address or a word of an
// enumeration, and that stays a name if something is appended.
var plainText = regexp.MustCompile(`^[a-z][a-z0-9./-]*[a-z0-9]$`)

// bound returns the value of a marker that is a number.
func (f field) bound(marker string, otherwise float64) float64 {
	if n, err := strconv.ParseFloat(f.markers[marker], 64); err == nil {
		return n
	}
	return otherwise
}

// literal returns a value of the field as a scalar in YAML.
func (f field) literal(value string) string {
	if f.kind == "string" {
		quoted, _ := json.Marshal(value)
		return string(quoted)
	}
	return value
}
