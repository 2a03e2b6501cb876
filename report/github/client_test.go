package github_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

const bot = "github-actions[bot]"

// everything lists the permissions of the token of a publishing workflow.
var everything = []string{"contents: write", "pull-requests: write", "checks: write", "metadata: read", "actions: read"}

// newClient returns a client of kro/kro with a token that has the permissions. Its
// waits take no time.
func newClient(t *testing.T, s *githubtest.Server, permissions ...string) *github.Client {
	t.Helper()
	s.Token("secret", bot, permissions...)
	c, err := github.New(github.Options{
		API: s.URL, GraphQL: s.GraphQL, Token: "secret", Repository: "kro/kro",
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// fixture returns a fake with the pull request kro/kro#7.
func fixture(t *testing.T, permissions ...string) (*githubtest.Server, *githubtest.Repo, *github.Client) {
	t.Helper()
	s := githubtest.New(t)
	repo := s.Repo("kro/kro")
	repo.Branch("feature", "main")
	head := repo.Commit("feature", map[string]string{"a": "1"}, "a feature")
	repo.Pull(githubtest.Pull{Number: 7, Author: "alice", Head: head, Branch: "feature"})
	return s, repo, newClient(t, s, permissions...)
}

func TestNewRefuses(t *testing.T) {
	good := github.Options{API: "https://api.github.com", Token: "x", Repository: "kro/kro"}
	for want, spoil := range map[string]func(*github.Options){
		"is not a GitHub repository": func(o *github.Options) { o.Repository = "kro/../etc" },
		"use owner/name":             func(o *github.Options) { o.Repository = "kro" },
		`"kro/.."`:                   func(o *github.Options) { o.Repository = "kro/.." },
		"no token":                   func(o *github.Options) { o.Token = "" },
		`"" is not the URL`:          func(o *github.Options) { o.API = "" },
		`"file:///x" is no`:          func(o *github.Options) { o.GraphQL = "file:///x" },
	} {
		o := good
		spoil(&o)
		if _, err := github.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := github.New(good); err != nil {
		t.Error(err)
	}
}

// The GraphQL API of an enterprise server is next to the REST API, not below it.
func TestEnterpriseServer(t *testing.T) {
	s := githubtest.NewEnterprise(t)
	repo := s.Repo("kro/kro")
	repo.Pull(githubtest.Pull{Number: 7, Author: "alice", Head: commitOf("b"), Branch: "feature"})
	s.Token("secret", bot, everything...)
	c, err := github.New(github.Options{API: s.URL, Token: "secret", Repository: "kro/kro"})
	if err != nil {
		t.Fatal(err)
	}
	repo.Comment(7, bot, comment(1, "a", "old").Body)
	if _, err := c.PostComment(context.Background(), 7, comment(2, "b", "text")); err != nil {
		t.Fatal(err)
	}
	if got := repo.Comments(7); len(got) != 2 || !strings.HasSuffix(got[1].Body, "text") {
		t.Errorf("got %v", got)
	}
}

// A redirect to another host, which GitHub uses for archives, does not send the
// token there.
func TestTokenStaysAtHome(t *testing.T) {
	var seen []string
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		_, _ = w.Write([]byte("{}"))
	}))
	t.Cleanup(elsewhere.Close)
	s, _, c := fixture(t, everything...)
	s.Fault("GET /repos/kro/kro/pulls/7", 1, func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		if r.Header.Get("Authorization") != "Bearer secret" {
			t.Error("GitHub itself got no token")
		}
		http.Redirect(w, r, elsewhere.URL, http.StatusFound)
	})
	if _, err := c.Pull(context.Background(), 7); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen[0] != "" {
		t.Errorf("the other host saw %q, want one request without a token", seen)
	}
}
