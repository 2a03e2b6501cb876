package github_test

import (
	"context"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

func TestCheck(t *testing.T) {
	s, repo, c := fixture(t, everything...)
	ctx := context.Background()
	pull, err := c.Pull(ctx, 7)
	if err != nil {
		t.Fatal(err)
	}
	check := github.Check{
		Name: "perf-gate", Run: github.Run{ID: 5, Attempt: 1, Head: pull.Head}, Conclusion: github.Neutral,
		Title: "inconclusive", Summary: "more rounds", DetailsURL: "https://github.com/kro/kro/actions/runs/5",
	}
	put := func() {
		t.Helper()
		if url, err := c.PostCheck(ctx, check); err != nil || url == "" {
			t.Fatal(url, err)
		}
	}
	// The answer is lost, so the check run is looked up before it is posted again.
	s.Fault("POST /repos/kro/kro/check-runs", 1, githubtest.Lost(502))
	put()
	check.Conclusion, check.Title, check.Summary = github.Failure, "1 regression", strings.Repeat("a line\n", 20_000)
	put()
	all := repo.CheckRuns(pull.Head)
	if len(all) != 1 {
		t.Fatalf("there are %d check runs, want 1", len(all))
	}
	got := all[0]
	if got.Name != "perf-gate" || got.Status != "completed" || got.Conclusion != "failure" || got.Output.Title != "1 regression" || got.DetailsURL != check.DetailsURL {
		t.Errorf("got %+v", got)
	}
	if len(got.Output.Summary) > 65535 || !strings.Contains(got.Output.Summary, "Shortened to GitHub's limit") {
		t.Errorf("the summary has %d bytes", len(got.Output.Summary))
	}
	check.Run.Attempt = 2
	put()
	if got := len(repo.CheckRuns(pull.Head)); got != 2 {
		t.Errorf("after another attempt there are %d check runs, want 2", got)
	}
}
