package explain

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/pprof/profile"
)

// modules are KRO's Go modules, since and before v0.5.
var modules = []string{"github.com/kubernetes-sigs/kro", "github.com/kro-run/kro"}

const (
	// Alone is the name for stacks without any of KRO's functions.
	Alone = "(runtime and libraries alone)"
	// nameless is the name for functions without symbols in the binary.
	nameless = "(no name)"
)

// A frame is one function of a stack, by its name in the source.
type frame struct{ pkg, name string }

// A parser caches parsed functions, because a few functions make up many stacks.
type parser map[*profile.Function]frame

// stack returns the stack of a sample, innermost first. The first line of a
// location is the innermost of the calls that were inlined there.
func (p parser) stack(s *profile.Sample) []frame {
	var list []frame
	for _, location := range s.Location {
		for _, line := range location.Line {
			f, seen := p[line.Function]
			if !seen {
				f = parse(line.Function.Name)
				p[line.Function] = f
			}
			list = append(list, f)
		}
	}
	return list
}

// own reports whether the function is in KRO's modules or its main package.
func (f frame) own() bool {
	return f.pkg == "main" || slices.ContainsFunc(modules, func(m string) bool {
		return f.pkg == m || strings.HasPrefix(f.pkg, m+"/")
	})
}

// String returns the function as reports show it: KRO's packages without the
// module.
func (f frame) String() string {
	switch {
	case f == frame{}:
		return nameless
	case f.pkg == "":
		return f.name
	}
	pkg := f.pkg
	for _, m := range modules {
		pkg = strings.TrimPrefix(pkg, m+"/")
	}
	return pkg + "." + f.name
}

// owner returns the name of the innermost function that is KRO's own.
func owner(stack []frame) string {
	for _, f := range stack {
		if f.own() {
			return f.String()
		}
	}
	return Alone
}

// innermost returns the name of the innermost function.
func innermost(stack []frame) string {
	if len(stack) == 0 {
		return nameless
	}
	return stack[0].String()
}

// observing reports whether the stack is work of the profiler itself.
func observing(stack []frame) bool {
	return slices.ContainsFunc(stack, func(f frame) bool {
		return f.pkg == "net/http/pprof" || f == frame{"runtime/pprof", "profileWriter"}
	})
}

var (
	// generated matches the names that the compiler gives to functions within a
	// function.
	generated = regexp.MustCompile(`^(func|gowrap|deferwrap)?[0-9]+$`)
	// wrapped matches the suffixes that the compiler appends for the bodies of
	// range-over-func loops and for method values.
	wrapped = regexp.MustCompile(`-(range[0-9]+|fm)$`)
)

// parse splits the symbol of a function into package and name, without the
// compiler's additions: "a.b/c%2ed.(*T[...]).M.func1-range2" is (*T).M in
// a.b/c.d.
func parse(symbol string) frame {
	symbol = withoutTypes(symbol)
	slash := strings.LastIndexByte(symbol, '/') + 1
	pkg, rest, ok := strings.Cut(symbol[slash:], ".")
	if !ok { // not Go
		return frame{name: symbol}
	}
	pkg = symbol[:slash] + pkg
	if unescaped, err := url.PathUnescape(pkg); err == nil {
		pkg = unescaped
	}
	return frame{pkg, withoutGenerated(rest)}
}

// withoutGenerated cuts generated parts off a function's name. It leaves a receiver
// and a method, or a function. A closure in an inlined function is named after all
// functions around it, of which withoutGenerated keeps the outermost.
func withoutGenerated(name string) string {
	if strings.HasPrefix(name, "glob.") { // closures of package variables, which init sets
		return "init"
	}
	parts := strings.Split(name, ".")
	first := 1 // the first part that can be generated
	if strings.HasPrefix(name, "(") {
		first = 2 // after receiver and method
	}
	for i, part := range parts {
		parts[i] = wrapped.ReplaceAllString(part, "")
		if i >= first && generated.MatchString(parts[i]) {
			parts = parts[:i]
			break
		}
	}
	switch {
	case len(parts) > 1 && strings.HasPrefix(parts[1], "("):
		parts = parts[:1]
	case len(parts) > 2:
		parts = parts[:2]
	}
	return strings.Join(parts, ".")
}

// withoutTypes removes the type arguments of generic functions, which may contain
// slashes and dots.
func withoutTypes(symbol string) string {
	if !strings.Contains(symbol, "[") {
		return symbol
	}
	var b strings.Builder
	depth := 0
	for _, r := range symbol {
		switch {
		case r == '[':
			depth++
		case r == ']' && depth > 0:
			depth--
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}
