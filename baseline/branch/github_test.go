package branch_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// git is the path of the Git data API of kro/kro.
const git = "/repos/kro/kro/git/"

// gitHub returns a fake with the repository kro/kro, which has no branch perf-gate
// yet. It may be in a bubble.
type gitHub struct {
	*githubtest.Server
	repo *githubtest.Repo
}

func newGitHub(t *testing.T) gitHub {
	s := githubtest.NewPiped(t)
	s.Token("secret", "github-actions[bot]", "contents: write")
	return gitHub{s, s.Repo("kro/kro")}
}

// client returns a new client, like that of a separate process.
func (g gitHub) client() *github.Client {
	base, err := url.Parse(g.URL + "/")
	if err != nil {
		panic(err)
	}
	client := github.NewClient(&http.Client{Transport: &githubapi.Transport{
		Token: "secret", Hosts: []string{base.Host}, Next: g.Transport,
	}})
	client.BaseURL = base
	return client
}

func (g gitHub) open(retain branch.Retention) *branch.Branch {
	return branch.Open(g.client(), "kro", "kro", "perf-gate", retain)
}

// history returns the commits of the branch, the newest first.
func (g gitHub) history() []string { return g.repo.History("perf-gate") }

// paths returns the files at the branch's tip.
func (g gitHub) paths() []string { return slices.Sorted(maps.Keys(g.repo.Files("perf-gate"))) }

// push adds a commit with more entries, which anyone with git could do.
func (g gitHub) push(t *testing.T, entries ...*github.TreeEntry) {
	t.Helper()
	ctx, api := t.Context(), g.client().Git
	tip, _, err := api.GetCommit(ctx, "kro", "kro", g.history()[0])
	if err != nil {
		t.Fatal(err)
	}
	tree, _, err := api.CreateTree(ctx, "kro", "kro", tip.GetTree().GetSHA(), entries)
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := api.CreateCommit(ctx, "kro", "kro", &github.Commit{
		Message: github.String("by hand"), Tree: tree, Parents: []*github.Commit{tip},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = api.UpdateRef(ctx, "kro", "kro", &github.Reference{
		Ref: github.String("refs/heads/perf-gate"), Object: &github.GitObject{SHA: made.SHA},
	}, false)
	if err != nil {
		t.Fatal(err)
	}
}
