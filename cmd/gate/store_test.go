package main

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/cmd/gate/config"
)

// TestBaselineOnBranch keeps records on a branch as in a directory.
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
		{"analyze testdata/fixtures/unchanged --baseline github:kro/kro", 0, "PASS"},
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

// TestEmptyDataBranch tells a data branch that has nothing to hold a run against
// from one that was not asked, or could not be read: only the first excuses a run
// that compared nothing.
func TestEmptyDataBranch(t *testing.T) {
	record, err := readRecord("testdata/fixtures/unchanged")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		history, contents string
		kept, empty       bool
	}{
		"nothing kept yet":  {"", "contents: write", false, true},
		"a record":          {"", "contents: write", true, false},
		"another history":   {"elsewhere", "contents: write", false, false},
		"it cannot be read": {"", "", false, false},
	} {
		a := newActions(t, "push", `{"ref":"refs/heads/main","after":"HEAD"}`, "kro/kro")
		a.token("metadata: read", tt.contents)
		a.env["INPUT_DATA_BRANCH"] = "perf-gate"
		var log bytes.Buffer
		app := newApp(strings.NewReader(""), &log, &log)
		app.getenv = func(name string) string { return a.env[name] }
		on, err := app.event()
		if err != nil {
			t.Fatal(err)
		}
		cfg := config.Config{History: tt.history}
		step := githubactions.New(githubactions.WithWriter(&log), githubactions.WithGetenv(app.getenv))
		branch, err := app.dataBranch(step, on, &cfg)
		if err != nil {
			t.Fatal(err)
		}
		if tt.kept {
			if _, err := branch.Update(t.Context(), record, on.Head); err != nil {
				t.Fatal(err)
			}
		}
		if tt.history == "" {
			if _, err := app.readHistory(t.Context(), cfg.History, record.Header); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if branch.empty() != tt.empty {
			t.Errorf("%s: empty is %v: %s", name, branch.empty(), &log)
		}
	}
}
