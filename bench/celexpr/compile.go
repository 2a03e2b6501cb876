// Package celexpr compiles CEL expressions that users write. Its errors are for the author
// of an expression: one line that says what is wrong, where, and what there is instead.
package celexpr

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"

	"github.com/kro/perf-gate/bench/strictyaml"
)

// A mistake is at a place in the text of an expression; see [strictyaml.Placed].
type mistake struct {
	line, column int
	what         string
}

func (m *mistake) Error() string { return m.what }

func (m *mistake) Place() (line, column int) { return m.line, m.column }

// Compile parses and checks an expression. Its error is the first mistake, with its place.
func Compile(env *cel.Env, text string) (*cel.Ast, error) {
	ast, issues := env.Compile(text)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		return nil, &mistake{max(first.Location.Line(), 1), max(first.Location.Column(), 0), explain(env, first.Message)}
	}
	return ast, nil
}

var undeclared = regexp.MustCompile(`^undeclared reference to '([^']+)'`)

// explain puts the message of the CEL compiler into one line, and says what there is in
// place of what is unknown.
func explain(env *cel.Env, message string) string {
	unknown := undeclared.FindStringSubmatch(message)
	if unknown == nil {
		message, _, _ = strings.Cut(message, " expecting {") // a long list of tokens
		return "not a valid expression: " + strings.Join(strings.Fields(message), " ")
	}
	var names []string
	for _, v := range env.Variables() {
		if !strings.Contains(v.Name(), ".") && v.Type().Kind() != types.TypeKind {
			names = append(names, v.Name())
		}
	}
	slices.Sort(names)
	functions := slices.DeleteFunc(slices.Sorted(maps.Keys(env.Functions())), func(name string) bool {
		return !unicode.IsLetter(rune(name[0])) // an operator
	})
	return fmt.Sprintf("unknown variable or function %q%s; the variables are %s",
		unknown[1], strictyaml.DidYouMean(unknown[1], slices.Concat(names, functions)), strings.Join(names, ", "))
}
