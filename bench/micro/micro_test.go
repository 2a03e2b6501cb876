package micro_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench/micro"
)

func TestNewestAdapterIsFirst(t *testing.T) {
	var names []string
	for _, a := range micro.Adapters() {
		names = append(names, a.Name)
	}
	if want := []string{"graphengine", "v0.9.4", "v0.9.0"}; !slices.Equal(names, want) {
		t.Errorf("the adapters are %v, want %v", names, want)
	}
}

// TestAdaptersDeclareEverythingOnce parses all files. Together they are packages, so no
// function may be missing or there twice, which a wrong list of parts would cause.
func TestAdaptersDeclareEverythingOnce(t *testing.T) {
	for _, a := range micro.Adapters() {
		t.Run(a.Name, func(t *testing.T) {
			declared := map[string]string{}
			for file, data := range a.Files {
				parsed, err := parser.ParseFile(token.NewFileSet(), file, data, parser.ParseComments|parser.SkipObjectResolution)
				if err != nil {
					t.Fatal(err)
				}
				formatted, err := format.Source(data)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(formatted, data) {
					t.Errorf("%s: gofmt would change it", file)
				}
				if got, want := parsed.Name.Name, path.Base(path.Dir(file)); got != want {
					t.Errorf("%s: package %s, want %s", file, got, want)
				}
				for _, d := range parsed.Decls {
					f, ok := d.(*ast.FuncDecl)
					if !ok || f.Recv != nil {
						continue
					}
					name := path.Dir(file) + "." + f.Name.Name
					if other := declared[name]; other != "" {
						t.Errorf("%s is in %s and in %s", name, other, file)
					}
					declared[name] = file
				}
			}
			for _, name := range []string{
				micro.Benchmark, "newBuilder", "newCoordinator", "newReconcile", "programOptions", "benchmarkGeneration",
			} {
				if declared[micro.Package+"."+name] == "" {
					t.Errorf("no file declares %s", name)
				}
			}
		})
	}
}

// TestAdapterRunsInKRO compiles the benchmarks with a KRO of the Go module proxy and
// runs each once, so that all of them check their results.
func TestAdapterRunsInKRO(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles KRO")
	}
	binary := compile(t, "v0.9.4", adapterNamed(t, "v0.9.4"))
	run := exec.Command(binary, "-test.run=^$", "-test.bench=^"+micro.Benchmark+"$", "-test.benchtime=1x")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var ops []string
	for _, m := range regexp.MustCompile(`(?m)^`+micro.Benchmark+`/op=([^/\s]+)\S*\s.* allocs/op$`).FindAllSubmatch(out, -1) {
		ops = append(ops, string(m[1]))
	}
	slices.Sort(ops)
	want := []string{
		"build",
		"cel-check", "cel-env", "cel-eval", "cel-parse", "cel-program",
		"control-check", "control-eval", "control-parse", "control-program",
		"route", "route-collection",
		"runtime",
		"schema",
	}
	if ops = slices.Compact(ops); !slices.Equal(ops, want) {
		t.Errorf("the operations are %v, want %v\n%s", ops, want, out)
	}
	for _, metric := range []string{"cel-cost", "cel-cost-estimated"} {
		if n := strings.Count(string(out), " "+metric+"\t"); n != 12 {
			t.Errorf("%d benchmarks report %s, want 12\n%s", n, metric, out)
		}
	}
}

func adapterNamed(t *testing.T, name string) micro.Adapter {
	t.Helper()
	for _, a := range micro.Adapters() {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("no adapter is called %s", name)
	return micro.Adapter{}
}

// compile compiles the benchmarks with a version of KRO and returns the test binary.
func compile(t *testing.T, version string, a micro.Adapter) string {
	t.Helper()
	download := exec.Command("go", "mod", "download", "-json", "github.com/kubernetes-sigs/kro@"+version)
	download.Dir = t.TempDir()
	download.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	out, err := download.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		t.Fatal(err)
	}

	dir := t.TempDir()
	tree := filepath.Join(dir, "kro")
	if err := os.Symlink(module.Dir, tree); err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for file, data := range a.Files {
		copied := filepath.Join(dir, strings.ReplaceAll(file, "/", "_"))
		if err := os.WriteFile(copied, data, 0o600); err != nil {
			t.Fatal(err)
		}
		replaced := filepath.Join(tree, filepath.FromSlash(file))
		if _, err := os.Stat(replaced); err == nil {
			t.Errorf("KRO has a file %s of its own", file)
		}
		replace[replaced] = copied
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatal(err)
	}

	binary := filepath.Join(dir, "micro.test")
	build := exec.Command("go", "test", "-c", "-vet=off", "-trimpath", "-buildvcs=false",
		"-overlay", overlayFile, "-o", binary, "./"+micro.Package)
	// The go command takes the link for the tree only if PWD names it, which it does
	// for a command with a directory.
	build.Dir = tree
	build.Env = append(build.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}
