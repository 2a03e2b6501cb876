package main

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBaselineOnBranch checks that a store on a branch works like one in a directory.
func TestBaselineOnBranch(t *testing.T) {
	a := newActions(t, "push", `{}`, "kro/kro")
	a.env["GITHUB_TOKEN"] = "secret"
	for _, tt := range []struct {
		args string
		code int
		want string
	}{
		{"baseline list --store github:kro/kro", 2, "the branch does not exist"},
		{"baseline update testdata/fixtures/unchanged --store github:kro/kro --name old", 0, "kept "},
		{"baseline update testdata/fixtures/noisy --store github:kro/kro@perf-gate --name new", 0, "kept "},
		{"baseline list --store github:kro/kro", 0, "\nold "},
		{"baseline show old --store github:kro/kro", 0, "cluster:"},
		{"analyze testdata/fixtures/unchanged --baseline github:kro/kro --out " + filepath.Join(t.TempDir(), "verdict.json"), 0, "PASS"},
		{"baseline pages --store github:kro/kro", 0, "written to kro/kro@perf-gate by the commit "},
		{"baseline prune --keep 1 --store github:kro/kro", 0, "removed 1 in all"},
		{"baseline list --store github:kro", 2, `github:kro: "kro" is not a GitHub repository: use owner/name`},
		{"baseline list --store github:kro/other", 3, "the token cannot see it"},
	} {
		code, out := a.gate(strings.Fields(tt.args)...)
		if code != tt.code || !strings.Contains(out, tt.want) {
			t.Errorf("gate %s: exit code %d, want %d with %q:\n%s", tt.args, code, tt.code, tt.want, out)
		}
	}
	if files := a.repo.Files("perf-gate"); len(files) < 3 || len(files["index.html"]) == 0 {
		t.Errorf("the branch has the files %q, want a record and pages", slices.Sorted(maps.Keys(files)))
	}
	a.token("metadata: read")
	code, out := a.gate("analyze", "testdata/fixtures/unchanged", "--baseline", "github:kro/kro")
	if code != 3 || !strings.Contains(out, "reading the baseline: ") || !strings.Contains(out, "contents: read") {
		t.Errorf("with a token that may not read it: exit code %d: %s", code, out)
	}
	delete(a.env, "GITHUB_TOKEN")
	if code, out := a.gate("baseline", "list", "--store", "github:kro/kro"); code != 2 || !strings.Contains(out, "set GITHUB_TOKEN") {
		t.Errorf("without a token: exit code %d: %s", code, out)
	}
}
