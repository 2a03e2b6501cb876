package kro

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// state returns everything of a checkout that a user could see change.
func state(t *testing.T, dir string) string {
	t.Helper()
	index, err := fileDigest(filepath.Join(dir, ".git", "index"))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join(dir, ".git"))
	if err != nil {
		t.Fatal(err)
	}
	state := index
	for _, entry := range entries {
		state += "\n" + entry.Name()
	}
	return state + "\n" + output(t, dir, "git", "--no-optional-locks", "status", "--porcelain", "--branch") +
		"\n" + output(t, dir, "git", "worktree", "list", "--porcelain")
}

func TestGitBuildsTheCommitAndLeavesTheCheckoutAlone(t *testing.T) {
	isolate(t)
	dir := fakeCheckout(t)
	output(t, dir, "git", "tag", "v0.1.0")
	fakeTree(t, dir, "second")
	second := commit(t, dir, "second")
	// The user is in the middle of a change, in a sparse checkout, in a git hook.
	output(t, dir, "git", "sparse-checkout", "set", "cmd")
	fakeTree(t, dir, "uncommitted")
	write(t, dir, "cmd/controller/untracked.go", "does not compile", 0o644)
	output(t, dir, "git", "add", "go.mod")
	before := state(t, dir)
	t.Setenv("GIT_DIR", filepath.Join(t.TempDir(), "nowhere"))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(dir, ".git", "index"))
	t.Chdir(filepath.Join(dir, "cmd"))

	cache := t.TempDir()
	for _, test := range []struct{ name, flag, version string }{
		{"git:v0.1.0", "first", "v0.1.0"},
		{"git:main", "second", "v0.1.0-1-g" + second[:7]},
		{"git:" + second, "second", "v0.1.0-1-g" + second[:7]},
	} {
		build, _ := buildOf(t, Builder{Cache: cache}, test.name)
		want := KnownFlags{"metrics-bind-address": true, pprofFlag: true, test.flag: true}
		if diff := cmp.Diff(want, build.Flags); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
		if build.Info.Ref != test.name || build.Info.Kind != "git" || build.Info.Version != test.version {
			t.Errorf("%s is described as %+v", test.name, build.Info)
		}
		if _, err := os.Stat(filepath.Join(build.CRDs, "x.yaml")); err != nil {
			t.Error(err)
		}
	}
	if _, told := buildOf(t, Builder{Cache: cache}, "git:main"); len(told) != 0 {
		t.Errorf("a commit that is in the cache: %v", told)
	}
	if left := leftovers(t, cache); len(left) != 0 {
		t.Errorf("left in the cache: %v", left)
	}
	os.Unsetenv("GIT_DIR")
	os.Unsetenv("GIT_INDEX_FILE")
	if diff := cmp.Diff(before, state(t, dir)); diff != "" {
		t.Errorf("the checkout changed: %s", diff)
	}
}

func TestGitBuildThatFailsLeavesNothing(t *testing.T) {
	isolate(t)
	dir := fakeCheckout(t)
	write(t, dir, "cmd/controller/broken.go", "package main\n\nvar x = missing\n", 0o644)
	commit(t, dir, "broken")
	t.Chdir(dir)
	before, cache := state(t, dir), t.TempDir()
	message := buildError(t.Context(), t, Builder{Cache: cache}, parse(t, "git:HEAD"))
	for _, want := range []string{"KRO git:HEAD: exit status 1", "build -trimpath", "undefined: missing"} {
		if !strings.Contains(message, want) {
			t.Errorf("%q is missing in:\n%s", want, message)
		}
	}
	// Ctrl-C while the commit is built.
	ctx, cancel := context.WithCancel(t.Context())
	buildError(ctx, t, Builder{Cache: cache, Progress: func(string) { cancel() }}, parse(t, "git:HEAD~1"))
	if left := leftovers(t, cache); len(left) != 0 {
		t.Errorf("left in the cache: %v", left)
	}
	if diff := cmp.Diff(before, state(t, dir)); diff != "" {
		t.Errorf("the checkout changed: %s", diff)
	}
}

func TestParseGit(t *testing.T) {
	isolate(t)
	kro, other, empty := fakeCheckout(t), t.TempDir(), t.TempDir()
	output(t, other, "git", "init", "--initial-branch=main")
	write(t, other, "go.mod", "module example.com/other\n", 0o644)
	commit(t, other, "first")
	output(t, other, "git", "rm", "go.mod")
	commit(t, other, "second")
	near := Ref{Kind: Source, Path: kro}
	for _, test := range []struct {
		dir, name string
		near      []Ref
		want      string // path, or what the error says
	}{
		{kro, "git:main", nil, kro},
		{kro, "git:", nil, "no commit given"},
		{kro, "git:nope", nil, `has no commit "nope": try git fetch`},
		{kro, "git:--help", nil, `has no commit "--help"`},
		{kro, "git:" + strings.Repeat("1", 40), nil, "has no commit"},
		{empty, "git:main", nil, "not a git repository"},
		{other, "git:main", nil, "is not a KRO source tree"},
		{other, "git:main~1", nil, `of module "example.com/other"`},
		// A base found in the checkout of head is found there again.
		{empty, "git:main", []Ref{near}, kro},
		{other, "git:main", []Ref{near}, kro},
		{other, "git:nope", []Ref{near}, kro + ` has no commit "nope"`},
		{empty, "git:main", []Ref{{Kind: Binary, Path: kro}}, "not a git repository"},
	} {
		t.Chdir(test.dir)
		ref, err := Parse(t.Context(), test.name, test.near...)
		switch {
		case err != nil && (!strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n")):
			t.Errorf("Parse(%q) in %s: %v, want one line with %q", test.name, test.dir, err, test.want)
		case err == nil && (ref.Kind != Git || ref.Path != test.want || len(ref.Commit) != 40):
			t.Errorf("Parse(%q) in %s = %+v, want %s", test.name, test.dir, ref, test.want)
		}
	}
}
