// Package micro holds perf-gate's own Go benchmarks of KRO: those of its inner parts.
// A run against an API server measures all of them together.
//
// The benchmarks are files of Go that are laid over a source tree of KRO, by go test
// -overlay, and compiled with it. KRO's Go API has no promise of stability, so there is
// an [Adapter] for each of its generations. Adapters share most of their files:
//
//	common        all benchmarks and their checks
//	until-v0.9.4  the runtime of pkg/runtime, which v0.9.0 to v0.9.4 have
//	since-v0.9.4  builders with options and package watch, which came with v0.9.4
//	v0.9.0        what v0.9.0 to v0.9.3 have alone
//	v0.9.4        what v0.9.4 has alone
//	graphengine   what came after v0.9.4
//
// They are in _adapters, where the go command does not look for packages of ours.
//
// There is one top-level benchmark, BenchmarkMicro. The names of those below it are
// parameters, and are the same in all generations:
//
//	op=build/shape=S/n=N
//	    An RGD becomes a graph: Builder.NewResourceGraphDefinition of pkg/graph, with
//	    the schemas of KRO's tests. Shapes are flat (N resources that do not depend on
//	    each other), chain (each depends on the one before), ladder (layers of two, each
//	    of which depends on both of the layer before), expressions (one resource with N
//	    different ones), properties (an instance with N fields) and collection (N
//	    resources with forEach).
//	op=schema/cache=cold/definitions=N, op=schema/cache=warm
//	    KRO's resolver (pkg/graph/schema/resolver) finds the schema of a kind: in an
//	    OpenAPI document with N definitions that it reads for that, or in its cache.
//	op=cel-env/typed=false|true/n=N
//	    KRO's CEL environment (pkg/cel) for N resources, of which it knows the names, or
//	    the schemas as well.
//	op=cel-parse|cel-check|cel-program|cel-eval/expr=E[/items=N]
//	    The four steps from an expression to its value, in KRO's environment with the
//	    schema of an instance: those of cel-go, and for the value Expression.Eval of
//	    pkg/cel with the objects of pkg/cel/unstructured. The expressions are a field, a
//	    concatenation of strings, a comprehension and a nested one over N numbers. What
//	    they cost in units of cel-go is reported beside: cel-cost, and the most that it
//	    can be as cel-cost-estimated.
//	op=control-parse|control-check|control-program|control-eval/expr=E[/items=N]
//	    The control: the same expressions in an environment of the tree's cel-go without
//	    any of KRO. What changes here as well is not KRO's doing.
//	op=runtime/shape=S/n=N
//	    What a reconcile of an instance evaluates between its requests, with all objects
//	    in the cluster as they should be: the runtime is made and every resource and
//	    then the status evaluated, by pkg/runtime or by pkg/graphengine. Sizes are as in
//	    op=build, but that of a collection is the number of its items.
//	op=route/instances=N, op=route-collection/instances=N
//	    A watch event of a child finds the one instance among N that it belongs to
//	    (WatchCoordinator of pkg/dynamiccontroller), where instances watch children by
//	    name or, for collections, by labels.
//	op=compile/shape=S/n=N
//	    An RGD becomes a program of the graph engine (pkg/graphengine/compiler). Versions
//	    up to v0.9.4 lack it.
//
// Every benchmark checks its result before it is timed, so that one that does nothing
// fails. None opens a socket.
//
// Whoever compiles them has to know two things. The go command refuses to lay files over
// a tree in its module cache, so such a tree has to be copied first. And vet has to be off
// (go test -vet=off), because it changes into the package's directory, which does not
// exist.
package micro

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

// Package is the directory, in KRO's tree, of the package that has all benchmarks. It
// exists in the overlay only.
const Package = "pkg/perfgate"

// Benchmark is the name of the one top-level benchmark.
const Benchmark = "BenchmarkMicro"

// An Adapter is the benchmarks for one generation of KRO's Go API.
type Adapter struct {
	// Name is the generation's first version, or what came with it.
	Name string
	// Files are the contents of the files by their slash-separated paths in KRO's tree.
	// KRO has no file at any of these paths.
	Files map[string][]byte
}

// Adapters returns all adapters, that of the newest generation first. The first one
// that compiles with a tree is the one for it.
func Adapters() []Adapter {
	return []Adapter{
		adapter("graphengine", "common", "since-v0.9.4", "graphengine"),
		adapter("v0.9.4", "common", "until-v0.9.4", "since-v0.9.4", "v0.9.4"),
		adapter("v0.9.0", "common", "until-v0.9.4", "v0.9.0"),
	}
}

// root is the directory of all adapters' parts.
const root = "_adapters"

//go:embed _adapters
var files embed.FS

// adapter returns the adapter with the files of these parts.
func adapter(name string, parts ...string) Adapter {
	a := Adapter{Name: name, Files: map[string][]byte{}}
	for _, part := range parts {
		dir := path.Join(root, part)
		err := fs.WalkDir(files, dir, func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			data, err := files.ReadFile(file)
			a.Files[strings.TrimPrefix(file, dir+"/")] = data
			return err
		})
		if err != nil {
			panic(err) // The files are part of this binary.
		}
	}
	return a
}
