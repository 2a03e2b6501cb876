package kro

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// fakeTree writes the source of a KRO with a chart that only answers --help, with the
// given flags.
func fakeTree(t *testing.T, dir string, flags ...string) {
	t.Helper()
	quoted := `"metrics-bind-address"`
	for _, flag := range flags {
		quoted += `, "` + flag + `"`
	}
	write(t, dir, "go.mod", "module "+Module+"\n\ngo 1.24\n", 0o644)
	write(t, dir, "cmd/controller/main.go", `package main

import "fmt"

var flags = []string{`+quoted+`}

func main() {
	fmt.Println("Usage:")
	for _, flag := range flags {
		fmt.Println("  -" + flag)
	}
}
`, 0o644)
	write(t, dir, "cmd/controller/pprof.go", `//go:build pprof

package main

func init() { flags = append(flags, "pprof-bind-address") }
`, 0o644)
	write(t, dir, "helm/Chart.yaml", "name: kro\n", 0o644)
	write(t, dir, "helm/crds/x.yaml", "kind: CustomResourceDefinition\n", 0o644)
}

// isolate keeps the user's settings of git, Go and Docker out of a test. It serves one
// module, a fake KRO, as the newest known release.
func isolate(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{
		"GIT_CONFIG_GLOBAL": os.DevNull, "GIT_CONFIG_NOSYSTEM": "1",
		"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
		"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
		"DOCKER_CONFIG": t.TempDir(),
		"GOSUMDB":       "off", "GOTOOLCHAIN": "local", "GOMODCACHE": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	t.Cleanup(func() { output(t, "", "go", "clean", "-modcache") }) // which is read-only
	version := Known[len(Known)-1]
	tree, proxy := t.TempDir(), t.TempDir()
	fakeTree(t, tree, "of-a-release")
	versions := filepath.Join(proxy, filepath.FromSlash(Module), "@v")
	write(t, versions, version+".info", `{"Version": "`+version+`"}`, 0o644)
	mod, err := os.ReadFile(filepath.Join(tree, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, versions, version+".mod", string(mod), 0o644)
	file, err := os.Create(filepath.Join(versions, version+".zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := zip.CreateFromDir(file, module.Version{Path: Module, Version: version}, tree); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(proxy))
}

// output runs a program and returns its output.
func output(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// commit commits all files in a directory and returns the commit.
func commit(t *testing.T, dir, message string) string {
	t.Helper()
	output(t, dir, "git", "add", "--all")
	output(t, dir, "git", "commit", "--allow-empty", "-m", message)
	return output(t, dir, "git", "rev-parse", "HEAD")
}

// fakeCheckout makes a git checkout of a fake KRO, on the branch main, with one
// commit.
func fakeCheckout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	output(t, dir, "git", "init", "--initial-branch=main")
	fakeTree(t, dir, "first")
	commit(t, dir, "first")
	return dir
}

func parse(t *testing.T, name string, near ...Ref) Ref {
	t.Helper()
	ref, err := Parse(t.Context(), name, near...)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// buildOf builds a KRO in a cache and returns it with the progress lines.
func buildOf(t *testing.T, b Builder, name string) (*Build, []string) {
	t.Helper()
	var told []string
	b.Progress = func(line string) { told = append(told, line) }
	build, err := b.Build(t.Context(), parse(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return build, told
}

// leftovers returns the entries of a cache that are not builds.
func leftovers(t *testing.T, cache string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(cache, "kro"))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, entry := range entries {
		if _, err := os.Stat(filepath.Join(cache, "kro", entry.Name(), "controller")); err != nil {
			left = append(left, entry.Name())
		}
	}
	return left
}

// buildError builds a KRO that cannot be built and returns the error.
func buildError(ctx context.Context, t *testing.T, b Builder, ref Ref) string {
	t.Helper()
	_, err := b.Build(ctx, ref)
	if err == nil {
		t.Fatalf("Build(%s) succeeded", ref.Name)
	}
	return err.Error()
}
