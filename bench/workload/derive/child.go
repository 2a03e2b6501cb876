package derive

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// child returns the file of a child that every instance has, or "" if the name of none
// follows from the instance alone.
func (g graph) child() string {
	for _, r := range g.resources() {
		if at(r, "includeWhen") != nil || at(r, "forEach") != nil || at(r, "externalRef") != nil {
			continue
		}
		template := at(r, "template")
		apiVersion, kind := text(template, "apiVersion"), text(template, "kind")
		name, ok := g.expand(text(template, "metadata", "name"))
		if slices.Contains(g.kinds, kind) { // it would be taken for the instance
			continue
		}
		if !ok || apiVersion == "" || kind == "" || strings.Contains(apiVersion+kind, "${") {
			continue
		}
		metadata := "name: " + name
		if namespace := text(template, "metadata", "namespace"); namespace != "" && namespace != "${schema.metadata.namespace}" {
			expanded, ok := g.expand(namespace)
			if !ok {
				continue
			}
			metadata += ", namespace: " + expanded
		}
		return fmt.Sprintf("# The child that %s names. KRO sees every change of it and reconciles its instance.\napiVersion: %s\nkind: %s\nmetadata: {%s}\n",
			text(r, "id"), apiVersion, kind, metadata)
	}
	return ""
}

var expressionPattern = regexp.MustCompile(`\$\{\s*schema\.(metadata\.name|spec(?:\.\w+)+)\s*\}`)

// expand returns the value of a text with expressions of KRO's, as a value in YAML. The name
// of an instance is the variable name.
func (g graph) expand(value string) (string, bool) {
	var parts []string // of a CEL expression
	literal := func(text string) {
		if text != "" {
			quoted, _ := json.Marshal(text)
			parts = append(parts, string(quoted))
		}
	}
	from, named := 0, false
	for _, match := range expressionPattern.FindAllStringSubmatchIndex(value, -1) {
		literal(value[from:match[0]])
		from = match[1]
		part, isName, ok := g.resolve(strings.Split(value[match[2]:match[3]], "."))
		switch {
		case !ok:
			return "", false
		case isName:
			named = true
			parts = append(parts, "name")
		default:
			literal(part)
		}
	}
	literal(value[from:])
	if value == "" || strings.Contains(value[from:], "${") {
		return "", false
	}
	expression := strings.Join(parts, " + ")
	if !named {
		text := strings.Join(parts, "")
		return strings.ReplaceAll(text, `""`, ""), true
	}
	return "!cel '" + strings.ReplaceAll(expression, "'", "''") + "'", true
}

// resolve returns what an expression refers to: the name of the instance, or other text. A
// field has the name if it is called name, or has the name's value in the instance: see
// [workload.Object.Given].
func (g graph) resolve(path []string) (value string, isName, ok bool) {
	if path[0] == "metadata" {
		return "", true, true
	}
	path = path[1:]
	all := leaves(g.fields)
	i := slices.IndexFunc(all, func(f field) bool { return slices.Equal(f.path, path) })
	if i < 0 {
		return "", false, false
	}
	set := at(g.instance, append([]string{"spec"}, path...)...)
	switch {
	case set == nil:
		value, ok = all[i].markers["default"]
		return value, false, ok
	case set.Kind != yaml.ScalarNode:
		return "", false, false
	case set.Tag == "!cel":
		return "", set.Value == "name", set.Value == "name"
	case slices.Equal(path, []string{"name"}) || set.Value == text(g.instance, "metadata", "name"):
		return "", true, true
	default:
		return set.Value, false, true
	}
}
