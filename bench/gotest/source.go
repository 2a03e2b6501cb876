package gotest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"unicode"
	"unicode/utf8"
)

const prefix = "Benchmark"

// benchmarksIn returns the functions of a test file that the go command takes for
// benchmarks, without their prefix. A file that does not parse has none; the compiler
// says what is wrong with it.
func benchmarksIn(file string) (names []string, err error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if parsed == nil {
		return nil, err
	}
	for _, decl := range parsed.Decls {
		f, ok := decl.(*ast.FuncDecl)
		if !ok || f.Recv != nil {
			continue
		}
		name, ok := strings.CutPrefix(f.Name.Name, prefix)
		if first, _ := utf8.DecodeRuneInString(name); ok && !unicode.IsLower(first) {
			names = append(names, name)
		}
	}
	return names, nil
}
