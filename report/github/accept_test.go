package github_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/report/github"
)

const label = "perf-gate-accept"

func accepted(t *testing.T, c *github.Client) ([]github.Acceptance, []github.Refusal) {
	t.Helper()
	ctx := context.Background()
	pull, err := c.Pull(ctx, 7)
	if err != nil {
		t.Fatal(err)
	}
	got, refused, err := c.Accepted(ctx, pull, label)
	if err != nil {
		t.Fatal(err)
	}
	return got, refused
}

func TestAcceptedByComment(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	repo.Collaborator("alice", "write")
	repo.Collaborator("root", "admin")
	repo.Collaborator("reader", "read")
	repo.Comment(7, "root", "Looks fine.\r\n/perf-gate accept requests/op it has to  ask\ttwice\r\nThanks!")
	repo.Comment(7, "mallory", "/perf-gate accept please")
	repo.Comment(7, "reader", "/perf-gate accept please")
	repo.Comment(7, "alice", "> /perf-gate accept quoted")
	repo.Comment(7, "alice", "/perf-gate acceptable?")
	repo.Comment(7, "alice", "/perf-gate accept")
	repo.Comment(7, "alice", "/perf-gate accept cpu-sec/op")
	repo.Comment(7, "alice", "/perf-gate accept \x1b[2J\u202efor all\x00 "+strings.Repeat("x", 1000))

	got, refused := accepted(t, c)
	want := []github.Acceptance{
		{Acceptance: bench.Acceptance{By: "root", Metric: "requests/op", Reason: "it has to ask twice"}},
		{Acceptance: bench.Acceptance{By: "alice", Reason: ("[2Jfor all " + strings.Repeat("x", 1000))[:500]}},
	}
	ignore := cmpopts.IgnoreFields(github.Acceptance{}, "At", "Acceptance.URL")
	if diff := cmp.Diff(want, got, ignore); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(got) > 0 && (got[0].URL == "" || got[0].At.IsZero()) {
		t.Errorf("%+v does not say where and when", got[0])
	}
	const noReason, noAccess = "gave no reason: write /perf-gate accept [metric] reason", "does not have write access to the repository"
	wantRefused := []github.Refusal{{"alice", noReason}, {"alice", noReason}, {"mallory", noAccess}, {"reader", noAccess}}
	if diff := cmp.Diff(wantRefused, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}
}

// The user who set the label last counts, not the author of the pull request.
func TestAcceptedByLabel(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	repo.Collaborator("alice", "write")
	repo.Collaborator("triager", "read")
	if got, refused := accepted(t, c); len(got) != 0 || len(refused) != 0 {
		t.Errorf("without a label: %v, %v", got, refused)
	}
	repo.Label(7, "other", "alice")
	repo.Label(7, label, "alice")
	got, _ := accepted(t, c)
	if len(got) != 1 || got[0].By != "alice" || got[0].Reason != "label "+label {
		t.Errorf("got %v", got)
	}
	repo.Unlabel(7, label, "alice")
	if got, _ := accepted(t, c); len(got) != 0 {
		t.Errorf("after the label was removed: %v", got)
	}
	repo.Label(7, label, "triager")
	if got, refused := accepted(t, c); len(got) != 0 || len(refused) != 1 || refused[0].By != "triager" {
		t.Errorf("set by someone without write access: %v, %v", got, refused)
	}
}
