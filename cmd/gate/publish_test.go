package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// actions is a step of GitHub Actions on a fake GitHub.
type actions struct {
	t      *testing.T
	server *githubtest.Server
	repo   *githubtest.Repo
	head   string // commit of the pull request
	env    map[string]string
}

// newActions makes a repository with the pull request 7, from the branch faster of the
// repository from. In the payload, HEAD stands for the commit of the pull request and
// FROM for that repository.
func newActions(t *testing.T, event, payload, from string) *actions {
	dir := t.TempDir()
	file := filepath.Join(dir, "event.json")
	server := githubtest.New(t)
	repo := server.Repo("kro/kro")
	head := repo.Commit("faster", map[string]string{"faster.go": "package faster"}, "Be faster")
	pull := githubtest.Pull{Number: 7, Author: "ellis", Head: head, Branch: "faster"}
	if from != "kro/kro" {
		pull.From = server.Repo(from)
	}
	repo.Pull(pull)
	payload = strings.NewReplacer("HEAD", head, "FROM", from).Replace(payload)
	if err := os.WriteFile(file, []byte(payload), 0o644); err != nil {
		t.Fatal(err)
	}
	a := &actions{t: t, server: server, repo: repo, head: head, env: map[string]string{
		"GITHUB_EVENT_NAME": event, "GITHUB_EVENT_PATH": file, "GITHUB_REPOSITORY": "kro/kro", "GITHUB_SHA": head,
		"GITHUB_RUN_ID": "42", "GITHUB_RUN_ATTEMPT": "1", "GITHUB_OUTPUT": filepath.Join(dir, "output"),
		"GITHUB_API_URL": server.URL, "GITHUB_GRAPHQL_URL": server.GraphQL, "GITHUB_SERVER_URL": "https://github.com",
		"INPUT_GITHUB_TOKEN": "secret", "INPUT_OUT": filepath.Join(dir, "out"),
	}}
	a.token("metadata: read", "contents: write", "pull-requests: write", "issues: write", "checks: write", "actions: read")
	return a
}

// token sets the permissions of the step's token.
func (a *actions) token(permissions ...string) {
	a.server.Token("secret", "github-actions[bot]", permissions...)
}

// gate runs the program and returns its exit code and output.
func (a *actions) gate(args ...string) (int, string) {
	var out bytes.Buffer
	root := newRootCommand(func(name string) string { return a.env[name] })
	root.SetArgs(args)
	root.SetIn(strings.NewReader(""))
	root.SetOut(&out)
	root.SetErr(&out)
	err := root.ExecuteContext(a.t.Context())
	if err != nil {
		fmt.Fprintln(&out, err)
	}
	return exit.Code(err), out.String()
}

// pullRun is the payload of workflow_run for a pull request.
const pullRun = `{"workflow_run":{"id":41,"run_attempt":1,"head_sha":"HEAD","head_branch":"faster","head_repository":{"full_name":"FROM"},"pull_requests":[]},"repository":{"default_branch":"main"}}`

// TestPublish publishes the result of a fork twice. The second time updates the
// comment.
func TestPublish(t *testing.T) {
	a := newActions(t, "workflow_run", pullRun, "mallory/kro")
	for range 2 {
		if code, out := a.gate("publish", "testdata/fixtures/regressed"); code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
	}
	comments := a.repo.Comments(7)
	if len(comments) != 1 {
		t.Fatalf("%d comments, want one", len(comments))
	}
	body := comments[0].Body
	for _, want := range []string{"The workflow of the fork mallory/kro measured these figures", "perf-gate: fail", "```mermaid", "accept them with a comment that starts with /perf-gate accept"} {
		if !strings.Contains(body, want) {
			t.Errorf("the comment lacks %q:\n%s", want, body)
		}
	}
	checks := a.repo.CheckRuns(a.head)
	if len(checks) != 1 || checks[0].Conclusion != "failure" || !strings.HasPrefix(checks[0].Output.Title, "fail, ") {
		t.Errorf("check runs %+v", checks)
	}
}

// TestPublishShowsCharts checks that comments link to charts on the data branch.
func TestPublishShowsCharts(t *testing.T) {
	a := newActions(t, "workflow_run", pullRun, "kro/kro")
	a.env["INPUT_DATA_BRANCH"] = "perf-gate"
	if code, out := a.gate("publish", "testdata/fixtures/regressed"); code != 0 {
		t.Fatalf("exit code %d: %s", code, out)
	}
	files := a.repo.Files("perf-gate")
	if len(files) == 0 {
		t.Fatal("there is no chart on the data branch")
	}
	body := a.repo.Comments(7)[0].Body
	for path := range files {
		if !strings.Contains(body, "/"+path) {
			t.Errorf("the comment does not show %s", path)
		}
	}
	if strings.Contains(body, "workflow of the fork") || strings.Contains(body, "```mermaid") {
		t.Error("the comment is not of a fork, and its charts can be seen")
	}
}

// TestPublishDraws checks that a comment has diagrams instead of pictures if pictures
// cannot be kept or seen. GitHub's image proxy cannot see into a private repository.
func TestPublishDraws(t *testing.T) {
	private := strings.Replace(pullRun, `"default_branch"`, `"private":true,"default_branch"`, 1)
	for name, tt := range map[string]struct{ payload, contents, warning string }{
		"private repository":       {private, "contents: write", ""},
		"token that may not write": {pullRun, "contents: read", "the workflow needs `permissions: contents: write`"},
	} {
		a := newActions(t, "workflow_run", tt.payload, "kro/kro")
		a.token("metadata: read", tt.contents, "pull-requests: write", "checks: write", "actions: read")
		a.env["INPUT_DATA_BRANCH"] = "perf-gate"
		code, out := a.gate("publish", "testdata/fixtures/regressed")
		if code != 0 || !strings.Contains(out, tt.warning) {
			t.Errorf("%s: exit code %d: %s", name, code, out)
		}
		comments := a.repo.Comments(7)
		if len(comments) != 1 || !strings.Contains(comments[0].Body, "```mermaid") || strings.Contains(comments[0].Body, ".svg") {
			t.Errorf("%s: the comment has no diagram, or a picture: %+v", name, comments)
		}
	}
}

// TestPublishAccepted checks that people with write access can accept regressions.
func TestPublishAccepted(t *testing.T) {
	for author, want := range map[string]string{"maintainer": "success", "mallory": "failure"} {
		a := newActions(t, "workflow_run", pullRun, "mallory/kro")
		a.repo.Collaborator("maintainer", "write")
		a.repo.Comment(7, author, "/perf-gate accept it does more now")
		if code, out := a.gate("publish", "testdata/fixtures/regressed"); code != 0 {
			t.Fatalf("exit code %d: %s", code, out)
		}
		if checks := a.repo.CheckRuns(a.head); len(checks) != 1 || checks[0].Conclusion != want {
			t.Errorf("accepted by %s: %+v", author, checks)
		}
	}
}

// TestPublishRefuses checks the cases in which nothing is published.
func TestPublishRefuses(t *testing.T) {
	hostile := filepath.Join(t.TempDir(), "record.jsonl")
	if err := os.WriteFile(hostile, []byte(`{"schema":"perf-gate/record/v3","tool":"<script>"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		event, payload, dir string
		code                int
		want                string
	}{
		"another event": {"push", `{"after":"HEAD"}`, "testdata/fixtures/regressed", 2, "the event is push, but publish only works on workflow_run"},
		"no such pull":  {"workflow_run", strings.Replace(pullRun, "faster", "other", 1), "testdata/fixtures/regressed", 0, "nothing is published: looking for the pull request of mallory/kro at"},
		"cancelled":     {"workflow_run", strings.Replace(pullRun, `"id":41`, `"id":41,"conclusion":"cancelled"`, 1), "testdata/fixtures/regressed", 0, "run 41 was cancelled, so there is nothing to publish"},
		"no artifact":   {"workflow_run", pullRun, "", 3, "reading the artifact perf-gate of run 41 of kro/kro: it does not exist or has expired"},
		"bad record":    {"workflow_run", pullRun, hostile, 2, "record.jsonl:1: "},
	} {
		a := newActions(t, tt.event, tt.payload, "mallory/kro")
		args := []string{"publish"}
		if tt.dir != "" {
			args = append(args, tt.dir)
		}
		code, out := a.gate(args...)
		if code != tt.code || !strings.Contains(out, tt.want) || strings.Count(strings.TrimSpace(out), "\n") > 0 {
			t.Errorf("%s: exit code %d, %q; want %d, %q", name, code, out, tt.code, tt.want)
		}
		if len(a.repo.Comments(7)) > 0 {
			t.Errorf("%s: publish commented", name)
		}
	}
}
