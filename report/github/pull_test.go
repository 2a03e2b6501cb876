package github_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

func TestPull(t *testing.T) {
	s, repo, c := fixture(t, everything...)
	repo.Label(7, "wanted", "alice")
	got, err := c.Pull(context.Background(), 7)
	if err != nil {
		t.Fatal(err)
	}
	want := github.Pull{
		Number: 7, Author: "alice", Open: true, Labels: []string{"wanted"},
		Head: got.Head, HeadBranch: "feature", HeadRepo: "kro/kro",
		Base: got.Base, BaseBranch: "main", DefaultBranch: "main",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	base, err := c.MergeBase(context.Background(), "main", got.Head)
	if err != nil || base != got.Base || base == "" {
		t.Errorf("merge base %q, %v, want %q", base, err, got.Base)
	}
	repo.Pull(githubtest.Pull{Number: 9, Author: "m", Head: got.Head, Branch: "x", From: s.Repo("m/kro"), Deleted: true})
	if gone, err := c.Pull(context.Background(), 9); err != nil || !gone.Fork || gone.HeadRepo != "" {
		t.Errorf("of a fork that is gone: %+v, %v", gone, err)
	}
}

func TestFindPull(t *testing.T) {
	s, repo, c := fixture(t, everything...)
	fork, second := s.Repo("mallory/kro"), s.Repo("mallory/kro-2")
	repo.Pull(githubtest.Pull{Number: 8, Author: "mallory", Head: commitOf("a"), Branch: "feature", From: fork})
	repo.Pull(githubtest.Pull{Number: 9, Author: "mallory", Head: commitOf("b"), Branch: "feature", From: second})
	repo.Pull(githubtest.Pull{Number: 10, Author: "mallory", Head: commitOf("c"), Branch: "feature", From: fork, Closed: true})
	for name, test := range map[string]struct {
		repo, branch, head string
		number             int
		want               string
	}{
		"fork":         {"mallory/kro", "feature", commitOf("a"), 8, ""},
		"second fork":  {"Mallory/kro-2", "feature", commitOf("b"), 9, ""},
		"moved on":     {"mallory/kro", "feature", commitOf("f"), 0, "kro/kro#8 has new commits since then"},
		"closed":       {"mallory/kro", "feature", commitOf("c"), 0, "has new commits since then"},
		"other branch": {"mallory/kro", "main", commitOf("a"), 0, "no open pull request has this head"},
		"of another":   {"eve/kro", "feature", commitOf("a"), 0, "no open pull request has this head"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.FindPull(context.Background(), test.repo, test.branch, test.head)
			if got.Number != test.number {
				t.Errorf("got #%d, want #%d", got.Number, test.number)
			}
			if test.want != "" && (!errors.Is(err, githubapi.ErrNotFound) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if test.number != 0 && (err != nil || !got.Fork) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestMergedAs(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	merged := repo.Commit("main", map[string]string{"b": "1"}, "merge it")
	pushed := repo.Commit("main", map[string]string{"b": "2"}, "push it")
	repo.Pull(githubtest.Pull{Number: 8, Author: "alice", Head: commitOf("a"), Branch: "b", MergedAs: merged})
	repo.Pull(githubtest.Pull{Number: 9, Author: "alice", Head: pushed, Branch: "c"}) // open, at main's head
	for commit, want := range map[string]int{merged: 8, pushed: 0} {
		if got, err := c.MergedAs(t.Context(), commit); err != nil || got != want {
			t.Errorf("%s: %d, %v, want %d", commit, got, err, want)
		}
	}
}
