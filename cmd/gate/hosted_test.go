//go:build act

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// workflow uses the action as the project's users do. The variables of the repository
// hold what differs between scenarios.
const workflow = `
on: [pull_request, push, workflow_run]
jobs:
  perf:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: ./
        id: perf
        with:
          cluster: simulation
          suites: cel
          sessions: 1
          config: ${{ vars.CONFIG }}
          base: ${{ vars.BASE }}
          head: ${{ vars.HEAD }}
          data-branch: perf-gate
          pages: true
          out: ${{ vars.OUT }}
      - if: always()
        run: echo "verdict=$VERDICT regressions=$REGRESSIONS comment-url=$COMMENT" >"$OUT.outputs"
        env:
          OUT: ${{ vars.OUT }}
          VERDICT: ${{ steps.perf.outputs.verdict }}
          REGRESSIONS: ${{ steps.perf.outputs.regressions }}
          COMMENT: ${{ steps.perf.outputs.comment-url }}
`

// counts gates only metrics that a single session can show to have regressed.
const counts = `
confirm: false
policy:
  rules:
    - {metric: allocs/op, gate: false}
    - {metric: cpu-sec/op, gate: false}
    - {metric: ready-p50-sec, gate: false}
`

// writing and reading are the permissions of the token for a pull request of the
// repository and of a fork.
var (
	writing = []string{"metadata: read", "contents: write", "pull-requests: write", "issues: write", "checks: write", "actions: read"}
	reading = []string{"metadata: read", "contents: read", "pull-requests: read", "issues: read", "actions: read"}
)

// A hosted runs workflows with act on this machine, with a fake GitHub.
type hosted struct {
	t       *testing.T
	github  *githubtest.Server
	repo    *githubtest.Repo
	dir     string // of the checkout
	work    string // files of jobs
	jobs    int
	number  int // of the last pull request
	command []string
}

// newHosted makes a repository from the working tree and adds the workflow.
func newHosted(t *testing.T) *hosted {
	act := os.Getenv("ACT")
	if act == "" {
		t.Fatal("ACT does not name the program act: run this by make test-act")
	}
	h := &hosted{t: t, github: githubtest.New(t), dir: t.TempDir(), work: t.TempDir()}
	h.repo = h.github.Repo("kro/kro")
	h.repo.Collaborator("maintainer", "write")
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	list.Dir = "../.."
	files, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(files), "\x00"), "\x00") {
		if content, err := os.ReadFile(filepath.Join("../..", name)); err == nil {
			h.write(name, string(content))
		}
	}
	if err := os.RemoveAll(filepath.Join(h.dir, ".github/workflows")); err != nil {
		t.Fatal(err)
	}
	h.write(".github/workflows/perf.yml", workflow)
	h.write("counts.yaml", counts)
	h.run("git", "init", "--quiet", "--initial-branch", "main")
	h.run("git", "remote", "add", "origin", "https://github.com/kro/kro")
	h.run("git", "add", "--all")
	h.run("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--message", "everything")
	h.command = []string{
		act, "--platform", "ubuntu-latest=-self-hosted", "--pull=false", "--action-offline-mode",
		"--env", "GITHUB_API_URL=" + h.github.URL, "--env", "GITHUB_GRAPHQL_URL=" + h.github.GraphQL,
		"--secret", "GITHUB_TOKEN=secret",
	}
	for name, value := range goSettings(t) {
		if value != "" {
			h.command = append(h.command, "--env", name+"="+value)
		}
	}
	return h
}

func (h *hosted) write(name, content string) {
	path := filepath.Join(h.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		h.t.Fatal(err)
	}
	mode := os.FileMode(0o644)
	if strings.HasPrefix(content, "#!") {
		mode = 0o755
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hosted) run(args ...string) {
	command := exec.Command(args[0], args[1:]...)
	command.Dir = h.dir
	if out, err := command.CombinedOutput(); err != nil {
		h.t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

// A job is the result of a workflow run.
type job struct {
	run     int
	failed  bool
	log     string // with the job summary
	outputs string
	record  string // path; it may not exist
}

// job runs the workflow on an event.
func (h *hosted) job(event string, payload any, vars map[string]string, permissions []string) job {
	h.t.Helper()
	h.jobs++
	h.github.Token("secret", "github-actions[bot]", permissions...)
	encoded, err := json.Marshal(payload)
	if err != nil {
		h.t.Fatal(err)
	}
	out := filepath.Join(h.work, strconv.Itoa(h.jobs))
	events := out + ".event.json"
	if err := os.WriteFile(events, encoded, 0o644); err != nil {
		h.t.Fatal(err)
	}
	args := append(slices.Clone(h.command), "--eventpath", events, "--env", "GITHUB_RUN_ID="+strconv.Itoa(h.jobs), "--var", "OUT="+out)
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		args = append(args, "--var", name+"="+vars[name])
	}
	command := exec.CommandContext(h.t.Context(), args[0], append(args[1:], event)...)
	command.Dir = h.dir
	log, err := command.CombinedOutput()
	j := job{run: h.jobs, failed: err != nil, log: string(log), record: filepath.Join(out, bench.RecordFile)}
	outputs, err := os.ReadFile(out + ".outputs")
	if err != nil {
		h.t.Fatalf("the job ended early: %v\n%s", err, log)
	}
	j.outputs = string(outputs)
	return j
}

// pull opens a pull request from a repository and returns its number and head.
func (h *hosted) pull(from string) (number int, head string) {
	h.number++
	branch := "change-" + strconv.Itoa(h.number)
	source := h.github.Repo(from)
	head = source.Commit(branch, map[string]string{"change": branch}, "Change something")
	pull := githubtest.Pull{Number: h.number, Author: "ellis", Head: head, Branch: branch}
	if from != "kro/kro" {
		pull.From = source
	}
	h.repo.Pull(pull)
	return h.number, head
}

// runEvent returns the event of a finished run that measured a pull request.
func (h *hosted) runEvent(run, number int, head, from string) map[string]any {
	return map[string]any{"repository": repository, "workflow_run": map[string]any{
		"id": run, "run_attempt": 1, "head_sha": head, "head_branch": fmt.Sprint("change-", number),
		"head_repository": map[string]any{"full_name": from}, "event": "pull_request", "conclusion": "failure",
		"pull_requests": []any{}, // GitHub lists none for a fork
	}}
}

var repository = map[string]any{"full_name": "kro/kro", "default_branch": "main"}

func (h *hosted) pullEvent(number int, head, from string) map[string]any {
	return map[string]any{"repository": repository, "pull_request": map[string]any{
		"number": number,
		"head":   map[string]any{"sha": head, "ref": fmt.Sprint("change-", number), "repo": map[string]any{"full_name": from}},
		"base":   map[string]any{"sha": h.repo.Head("main"), "ref": "main"},
	}}
}

// push commits to main and returns the event.
func (h *hosted) push(message string) (event map[string]any, commit string) {
	before := h.repo.Head("main")
	commit = h.repo.Commit("main", map[string]string{"change": message}, message)
	return map[string]any{"repository": repository, "ref": "refs/heads/main", "before": before, "after": commit}, commit
}

// ended fails the test unless the job ended with the conclusion.
func (h *hosted) ended(j job, conclusion string) {
	h.t.Helper()
	if j.failed != (conclusion == "failure") {
		h.t.Errorf("the job did not end with %s:\n%s", conclusion, j.log)
	}
}

// comments fails the test unless the pull request has one comment of the action with
// all parts. If there are no parts, it has to have none.
func (h *hosted) comments(number int, parts ...string) {
	h.t.Helper()
	var ours []string
	for _, c := range h.repo.Comments(number) {
		if c.Author == "github-actions[bot]" {
			ours = append(ours, c.Body)
		}
	}
	if want := min(len(parts), 1); len(ours) != want {
		h.t.Errorf("%d comments, want %d: %q", len(ours), want, ours)
		return
	}
	for _, body := range ours {
		h.expect("the comment", body, parts...)
	}
}

// checked fails the test unless the commit has one check run with the conclusion.
func (h *hosted) checked(commit, conclusion string) {
	h.t.Helper()
	if runs := h.repo.CheckRuns(commit); len(runs) != 1 || runs[0].Conclusion != conclusion {
		h.t.Errorf("check runs %+v, want one that ended with %s", runs, conclusion)
	}
}

// records returns the names of the records on the data branch.
func (h *hosted) records() (names []string) {
	for path := range h.repo.Files(store.DefaultBranch) {
		if name, ok := strings.CutSuffix(filepath.Base(path), ".jsonl"); ok {
			names = append(names, name)
		}
	}
	return names
}

// record returns the content of a record on the data branch.
func (h *hosted) record(name string) string {
	for path, content := range h.repo.Files(store.DefaultBranch) {
		if filepath.Base(path) == name+".jsonl" {
			return content
		}
	}
	return ""
}

// expect fails the test unless a text contains all parts.
func (h *hosted) expect(what, text string, parts ...string) {
	h.t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			h.t.Errorf("%s lacks %q:\n%s", what, part, text)
		}
	}
}

// asItIs matches code and the texts of pictures. GitHub looks for no markup and no
// mentions there.
var asItIs = regexp.MustCompile(`(?s)<code.*?</code>|<pre.*?</pre>|alt="[^"]*"`)

// rendered converts Markdown to HTML and removes the parts that match asItIs.
func rendered(t *testing.T, markdown string) string {
	var page bytes.Buffer
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(html.WithUnsafe()))
	if err := parser.Convert([]byte(markdown), &page); err != nil {
		t.Fatal(err)
	}
	return asItIs.ReplaceAllString(page.String(), "")
}
