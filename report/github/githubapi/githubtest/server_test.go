package githubtest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// connect returns a client of a fake with the repository kro/kro. Its token has all
// permissions.
func connect(t *testing.T, s *githubtest.Server) *gh.Client {
	t.Helper()
	s.Token("secret", "github-actions[bot]", "contents: write", "pull-requests: write", "checks: write", "metadata: read")
	return as(t, s, "secret")
}

func as(t *testing.T, s *githubtest.Server, secret string) *gh.Client {
	t.Helper()
	client := gh.NewClient(&http.Client{Transport: s.Transport}).WithAuthToken(secret)
	var err error
	if client.BaseURL, err = url.Parse(s.URL + "/"); err != nil {
		t.Fatal(err)
	}
	return client
}

// reports collects the errors of a fake instead of failing a test.
type reports struct {
	testing.TB
	lines []string
}

func (r *reports) Errorf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}

// Each operation is done once. The fake checks its answers against the description.
func TestEveryOperation(t *testing.T) {
	for name, start := range map[string]func(testing.TB) *githubtest.Server{
		"github.com": githubtest.New, "enterprise": githubtest.NewEnterprise, "piped": githubtest.NewPiped,
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			client, ctx := connect(t, s), context.Background()
			repo := s.Repo("kro/kro")
			fork := s.Repo("mallory/kro")
			repo.Branch("feature", "main")
			head := repo.Commit("feature", map[string]string{"a/b.txt": "text"}, "a feature")
			repo.Pull(githubtest.Pull{Number: 7, Author: "mallory", Head: head, Branch: "feature", From: fork})
			repo.Pull(githubtest.Pull{Number: 8, Author: "mallory", Head: head, Branch: "gone", From: fork, Deleted: true})
			repo.Label(7, "wanted", "alice")
			repo.Collaborator("alice", "write")

			must := func(what any, err error) {
				t.Helper()
				if err != nil {
					t.Errorf("%T: %v", what, err)
				}
			}
			got, _, err := client.Repositories.Get(ctx, "kro", "kro")
			must(got, err)
			comparison, _, err := client.Repositories.CompareCommits(ctx, "kro", "kro", "main", head, nil)
			must(comparison, err)
			pull, _, err := client.PullRequests.Get(ctx, "kro", "kro", 7)
			must(pull, err)
			if pull.GetHead().GetRepo().GetFullName() != "mallory/kro" || pull.Labels[0].GetName() != "wanted" {
				t.Errorf("got %v", pull)
			}
			pulls, _, err := client.PullRequests.List(ctx, "kro", "kro", &gh.PullRequestListOptions{State: "open", Head: "mallory:feature"})
			must(pulls, err)
			if len(pulls) != 1 {
				t.Errorf("got %d pull requests of the branch, want 1", len(pulls))
			}
			events, _, err := client.Issues.ListIssueEvents(ctx, "kro", "kro", 7, nil)
			must(events, err)
			level, _, err := client.Repositories.GetPermissionLevel(ctx, "kro", "kro", "alice")
			must(level, err)
			if level.GetPermission() != "write" {
				t.Errorf("got permission %q", level.GetPermission())
			}
			comment, _, err := client.Issues.CreateComment(ctx, "kro", "kro", 7, &gh.IssueComment{Body: gh.String("hello")})
			must(comment, err)
			comment, _, err = client.Issues.EditComment(ctx, "kro", "kro", comment.GetID(), &gh.IssueComment{Body: gh.String("bye")})
			must(comment, err)
			run, _, err := client.Checks.CreateCheckRun(ctx, "kro", "kro", gh.CreateCheckRunOptions{
				Name: "perf-gate", HeadSHA: head, Status: gh.String("completed"), Conclusion: gh.String("success"),
				Output: &gh.CheckRunOutput{Title: gh.String("pass"), Summary: gh.String("fine")},
			})
			must(run, err)
			run, _, err = client.Checks.UpdateCheckRun(ctx, "kro", "kro", run.GetID(), gh.UpdateCheckRunOptions{
				Name: "perf-gate", Status: gh.String("completed"), Conclusion: gh.String("failure"),
			})
			must(run, err)
			runs, _, err := client.Checks.ListCheckRunsForRef(ctx, "kro", "kro", head, &gh.ListCheckRunsOptions{CheckName: gh.String("perf-gate")})
			must(runs, err)
			if runs.GetTotal() != 1 || runs.CheckRuns[0].GetConclusion() != "failure" {
				t.Errorf("got %v", runs)
			}

			blob, _, err := client.Git.CreateBlob(ctx, "kro", "kro", &gh.Blob{Content: gh.String("content"), Encoding: gh.String("utf-8")})
			must(blob, err)
			if want := "6b584e8ece562ebffc15d38808cd6b98fc3d97ea"; blob.GetSHA() != want {
				t.Errorf("got blob %s, want %s as of `git hash-object`", blob.GetSHA(), want)
			}
			content, _, err := client.Git.GetBlob(ctx, "kro", "kro", blob.GetSHA())
			must(content, err)
			raw, _, err := client.Git.GetBlobRaw(ctx, "kro", "kro", blob.GetSHA())
			must(raw, err)
			if string(raw) != "content" {
				t.Errorf("got the raw blob %q", raw)
			}
			tree, _, err := client.Git.CreateTree(ctx, "kro", "kro", "", []*gh.TreeEntry{
				{Path: gh.String("dir/file"), Mode: gh.String("100644"), Type: gh.String("blob"), SHA: blob.SHA},
			})
			must(tree, err)
			if want := "2e567ca4c8cf1b47dc93b93806dd6cc7e1dd44da"; tree.GetSHA() != want {
				t.Errorf("got tree %s, want %s as of `git write-tree`", tree.GetSHA(), want)
			}
			odd := gh.String(strings.Repeat("1", 40))
			other, _, err := client.Git.CreateTree(ctx, "kro", "kro", tree.GetSHA(), []*gh.TreeEntry{
				{Path: gh.String("dir/file"), Mode: gh.String("100644"), Type: gh.String("blob")}, // removed
				{Path: gh.String("link"), Mode: gh.String("120000"), Type: gh.String("blob"), Content: gh.String("/etc")},
				{Path: gh.String("module"), Mode: gh.String("160000"), Type: gh.String("commit"), SHA: odd},
			})
			must(other, err)
			if want := "81f173825137e3758375be8eaaf94a8ea62d0406"; other.GetSHA() != want {
				t.Errorf("got tree %s, want %s as of `git write-tree`", other.GetSHA(), want)
			}
			tree, _, err = client.Git.GetTree(ctx, "kro", "kro", tree.GetSHA(), false)
			must(tree, err)
			commit, _, err := client.Git.CreateCommit(ctx, "kro", "kro", &gh.Commit{Message: gh.String("one"), Tree: tree}, nil)
			must(commit, err)
			commit, _, err = client.Git.GetCommit(ctx, "kro", "kro", commit.GetSHA())
			must(commit, err)
			ref := &gh.Reference{Ref: gh.String("refs/heads/data"), Object: &gh.GitObject{SHA: commit.SHA}}
			created, _, err := client.Git.CreateRef(ctx, "kro", "kro", ref)
			must(created, err)
			updated, _, err := client.Git.UpdateRef(ctx, "kro", "kro", ref, false)
			must(updated, err)
			read, _, err := client.Git.GetRef(ctx, "kro", "kro", "heads/data")
			must(read, err)
			if got := repo.Files("data"); len(got) != 1 || got["dir/file"] != "content" {
				t.Errorf("the branch has %v", got)
			}
		})
	}
}

// The fake fails a test that makes requests GitHub would not understand.
func TestRequestsAreChecked(t *testing.T) {
	for name, test := range map[string]struct{ method, path, body, want string }{
		"unknown field":   {"PATCH", "/repos/kro/kro/git/refs/heads/main", `{"sha":"1","forced":true}`, `property "forced" is unsupported`},
		"missing field":   {"POST", "/repos/kro/kro/git/refs", `{"ref":"refs/heads/x"}`, `property "sha" is missing`},
		"wrong value":     {"POST", "/repos/kro/kro/git/trees", `{"tree":[{"path":"a","mode":"644"}]}`, "value is not one of the allowed values"},
		"unknown query":   {"GET", "/repos/kro/kro/pulls?heads=kro:main", "", `no query parameter "heads"`},
		"unknown path":    {"GET", "/repos/kro/kro/pull/7", "", "no such operation"},
		"wrong parameter": {"GET", "/repos/kro/kro/pulls/seven", "", "pull_number"},
	} {
		t.Run(name, func(t *testing.T) {
			complaints := &reports{TB: t}
			s := githubtest.New(complaints)
			s.Token("secret", "alice")
			r, err := http.NewRequestWithContext(context.Background(), test.method, s.URL+test.path, strings.NewReader(test.body))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			response, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if got := strings.Join(complaints.lines, "\n"); !strings.Contains(got, test.want) {
				t.Errorf("complained %q, want %q", got, test.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	s := githubtest.New(t)
	s.Repo("kro/kro")
	s.Token("reader", "github-actions[bot]", "contents: read")
	ctx := context.Background()
	for secret, want := range map[string]int{"": 401, "wrong": 401, "reader": 403} {
		blob := &gh.Blob{Content: gh.String("x"), Encoding: gh.String("utf-8")}
		_, response, err := as(t, s, secret).Git.CreateBlob(ctx, "kro", "kro", blob)
		if err == nil || response.StatusCode != want {
			t.Errorf("token %q: %v, want status %d", secret, err, want)
		}
	}
	if _, _, err := as(t, s, "reader").Git.GetRef(ctx, "kro", "kro", "heads/main"); err != nil {
		t.Error(err)
	}
	if _, response, err := as(t, s, "reader").Git.GetRef(ctx, "kro", "secret", "heads/main"); err == nil || response.StatusCode != 404 {
		t.Errorf("a repository that is not there: %v", err)
	}
}

func TestPagination(t *testing.T) {
	s := githubtest.New(t)
	client := connect(t, s)
	repo := s.Repo("kro/kro")
	repo.Pull(githubtest.Pull{Number: 7, Author: "alice", Branch: "feature"})
	for i := range 250 {
		repo.Comment(7, "alice", fmt.Sprint(i))
	}
	var got []string
	options := &gh.IssueListCommentsOptions{ListOptions: gh.ListOptions{PerPage: 100}}
	for {
		page, response, err := client.Issues.ListComments(context.Background(), "kro", "kro", 7, options)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range page {
			got = append(got, c.GetBody())
		}
		if options.Page = response.NextPage; options.Page == 0 {
			break
		}
	}
	if len(got) != 250 || got[249] != "249" || len(s.Requests()) != 3 {
		t.Errorf("got %d comments in %d requests, want 250 in 3", len(got), len(s.Requests()))
	}
}

func TestRefsMoveForwardOnly(t *testing.T) {
	s := githubtest.New(t)
	client := connect(t, s)
	repo := s.Repo("kro/kro")
	repo.Commit("main", map[string]string{"a": "1"}, "on main")
	other := repo.Commit("other", map[string]string{"a": "2"}, "an orphan")
	ref := &gh.Reference{Ref: gh.String("refs/heads/main"), Object: &gh.GitObject{SHA: gh.String(other)}}
	_, response, err := client.Git.UpdateRef(context.Background(), "kro", "kro", ref, false)
	if err == nil || response.StatusCode != 422 || !strings.Contains(err.Error(), "not a fast forward") {
		t.Errorf("got %v, want a refusal", err)
	}
	_, response, err = client.Git.CreateRef(context.Background(), "kro", "kro", ref)
	if err == nil || response.StatusCode != 422 || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestFaults(t *testing.T) {
	s := githubtest.New(t)
	client := connect(t, s)
	repo := s.Repo("kro/kro")
	get := func(ctx context.Context) error {
		_, _, err := client.Git.GetRef(ctx, "kro", "kro", "heads/main")
		return err
	}
	ctx := context.Background()

	s.Fault("GET /repos/kro/kro/git/ref/", 2, githubtest.Down(502))
	s.Fault("GET /repos/kro/kro/git/ref/", 1, githubtest.Cut())
	for _, want := range []string{"502", "502", "unexpected EOF"} {
		if err := get(ctx); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if err := get(ctx); err != nil {
		t.Errorf("after the faults: %v", err)
	}

	s.Fault("", 1, githubtest.Spoiled(func([]byte) []byte { return []byte(`{"ref":1}`) }))
	if err := get(ctx); err == nil || !strings.Contains(err.Error(), "cannot unmarshal") {
		t.Errorf("got %v, want the spoiled answer", err)
	}

	s.Fault("", 1, githubtest.Hang())
	short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := get(short); err == nil {
		t.Error("an answer came in spite of the fault")
	}

	s.Fault("POST /repos/kro/kro/git/refs", 1, githubtest.Lost(502))
	main := repo.Commit("main", nil, "again")
	ref := &gh.Reference{Ref: gh.String("refs/heads/new"), Object: &gh.GitObject{SHA: gh.String(main)}}
	if _, _, err := client.Git.CreateRef(ctx, "kro", "kro", ref); err == nil {
		t.Error("the lost answer arrived")
	}
	if repo.Files("new") == nil {
		t.Error("the request whose answer is lost was not done")
	}

	s.Fault("", 1, githubtest.TooFast(429, 3*time.Second))
	if err := get(ctx); err == nil || !strings.Contains(err.Error(), "429") {
		t.Errorf("got %v", err)
	}
	s.Fault("", 1, githubtest.Exhausted(time.Now().Add(time.Hour)))
	if err := get(ctx); err == nil || !strings.Contains(err.Error(), "rate limit exceeded") {
		t.Errorf("got %v", err)
	}
}

// A test in a bubble does not wait for a network, so that its clock can advance.
func TestPipedInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := githubtest.NewPiped(t)
		client := connect(t, s)
		s.Repo("kro/kro")
		s.Fault("", 1, githubtest.Hang())
		s.Fault("", 1, githubtest.Cut())
		for _, want := range []string{"deadline exceeded", "unexpected EOF"} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			if _, _, err := client.Git.GetRef(ctx, "kro", "kro", "heads/main"); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
	})
}
