package branch_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

func TestRefusals(t *testing.T) {
	always := func(operation string, answer githubtest.Fault) func(gitHub) {
		return func(g gitHub) { g.Fault(operation, math.MaxInt, answer) }
	}
	tests := map[string]struct {
		spoil    func(gitHub)
		kind     error
		want     string
		requests int
	}{
		"expired token": {always("", githubtest.Refuse(401, "Bad credentials")), githubapi.ErrToken,
			"write a file: 401 Bad credentials: the token is not valid or has expired", 1},
		"read-only token": {func(g gitHub) { g.Token("secret", "github-actions[bot]", "contents: read") }, githubapi.ErrPermission,
			"write a file: 403 Resource not accessible by integration: the workflow needs `permissions: contents: write`", 1},
		"hidden repository": {always("", githubtest.Refuse(404, "Not Found")), githubapi.ErrNotFound,
			"`permissions: contents: write`", 1},
		"empty repository": {always("", githubtest.Refuse(409, "Git Repository\nis empty.")), nil,
			"409 Git Repository is empty.: push a first commit to the default branch", 1},
		"protected branch": {always("POST "+git+"refs", githubtest.Refuse(422, "Repository rule violations found")), nil,
			"create the branch: 422 Repository rule violations found", 1 + 5*4},
		"no requests left": {func(g gitHub) { g.Fault("", math.MaxInt, githubtest.Exhausted(time.Now().Add(time.Hour))) }, githubapi.ErrLimited,
			"GitHub accepts no request before 01:00:00 UTC", 1},
		"out of order": {always("", githubtest.Down(503)), githubapi.ErrUnavailable,
			"503 Service Unavailable: GitHub is not available", 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGitHub(t)
				test.spoil(g)
				_, err := g.open(branch.Retention{}).Update(t.Context(), record(0), "a")
				wantError(t, err, "kro/kro@perf-gate: could not ", test.want)
				if test.kind != nil && !errors.Is(err, test.kind) {
					t.Errorf("%v is not %v", err, test.kind)
				}
				if made := g.Requests(); len(made) != test.requests {
					t.Errorf("made %d requests, want %d: %q", len(made), test.requests, made)
				}
				if slices.Contains(g.repo.Branches(), "perf-gate") {
					t.Error("the branch was made")
				}
			})
		})
	}
	t.Run("hidden from a reader", func(t *testing.T) {
		g := newGitHub(t)
		always("", githubtest.Refuse(404, "Not Found"))(g)
		_, err := g.open(branch.Retention{}).List(t.Context())
		wantError(t, err, "could not see the repository", "`permissions: contents: read`")
	})
}

// GitHub asks for a wait, and gets it, for any request and whether or not it was
// performed.
func TestPatience(t *testing.T) {
	tests := map[string]struct {
		fault func() githubtest.Fault
		least time.Duration
	}{
		"failure":           {func() githubtest.Fault { return githubtest.Down(500) }, 0},
		"too many requests": {func() githubtest.Fault { return githubtest.TooFast(429, 40*time.Second) }, 40 * time.Second},
		"rate limit":        {func() githubtest.Fault { return githubtest.Exhausted(time.Now().Add(2 * time.Minute)) }, 2 * time.Minute},
		"lost answer":       {func() githubtest.Fault { return githubtest.Lost(502) }, 0},
		"cut answer":        {githubtest.Cut, 0},
		"cut by a proxy":    {func() githubtest.Fault { return githubtest.Spoiled(func(body []byte) []byte { return body[:10] }) }, 0},
		"no answer":         {githubtest.Hang, 30 * time.Second},
	}
	for name, test := range tests {
		for _, operation := range []string{"POST " + git + "blobs", "GET " + git + "ref/", "GET " + git + "commits/", "POST " + git + "trees", "POST " + git + "commits", "POST " + git + "refs", "PATCH " + git + "refs/"} {
			t.Run(name+"/"+operation, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := newGitHub(t)
					b := g.open(branch.Retention{})
					g.Fault(operation, 1, test.fault())
					began := time.Now()
					update(t, b, record(0), "a")
					update(t, b, record(1), "b")
					if took := time.Since(began); took == 0 || took < test.least {
						t.Errorf("tried again after %s, want at least %s", took, test.least)
					}
					wantNames(t, b, "b", "a")
					if history := g.history(); len(history) != 2 {
						t.Errorf("the branch has %d commits for 2 updates", len(history))
					}
				})
			})
		}
	}
}

func TestLostRaces(t *testing.T) {
	const create, move = "POST " + git + "refs", "PATCH " + git + "refs/heads/perf-gate"
	for name, test := range map[string]struct {
		operation string
		times     int
		fault     func(other func()) githubtest.Fault
		commits   int
		want      []string // parts of the error; none if the update succeeds
	}{
		"create":    {create, 1, githubtest.Meanwhile, 2, nil},
		"move":      {move, 3, githubtest.Meanwhile, 5, nil},
		"conflict":  {move, 1, func(func()) githubtest.Fault { return githubtest.Refuse(409, "Conflict") }, 2, nil},
		"stale tip": {move, 4, func(func()) githubtest.Fault { return githubtest.Refuse(422, "Update is not a fast forward") }, 2, nil},
		"always":    {move, math.MaxInt, githubtest.Meanwhile, 41, []string{"could not move the branch: 422 Update is not a fast forward", "other writers were faster 40 times"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGitHub(t)
				others := 0
				other := func() {
					others++
					g.repo.Commit("perf-gate", map[string]string{fmt.Sprint("other", others): "x"}, "another writer")
				}
				if test.operation == move {
					update(t, g.open(branch.Retention{}), record(0), "before")
				}
				g.Fault(test.operation, test.times, test.fault(other))
				b := g.open(branch.Retention{})
				if _, err := b.Update(t.Context(), record(1), "a"); len(test.want) > 0 {
					wantError(t, err, test.want...)
				} else if err != nil {
					t.Fatal(err)
				}
				if history, files := g.history(), g.paths(); len(history) != test.commits || len(files) != test.commits {
					t.Errorf("%d commits of %q, want %d of a file each", len(history), files, test.commits)
				}
			})
		})
	}
	t.Run("no time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGitHub(t)
			g.Fault(create, math.MaxInt, githubtest.Refuse(422, "Reference already exists"))
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			_, err := g.open(branch.Retention{}).Update(ctx, record(0), "a")
			wantError(t, err, "could not create the branch: 422 Reference already exists", "there is no time to try again")
		})
	})
}

// A damaged record is fetched again and never used.
func TestDamagedRecord(t *testing.T) {
	for name, spoil := range map[string]func(body []byte) []byte{
		"cut":    func(body []byte) []byte { return body[:400] },
		"longer": func(body []byte) []byte { return append(slices.Clone(body), "{}"...) },
		"other":  func([]byte) []byte { return []byte("{}") },
	} {
		t.Run(name, func(t *testing.T) {
			g := newGitHub(t)
			b := g.open(branch.Retention{})
			update(t, b, record(0), "a")
			g.Fault("GET "+git+"blobs/", 1, githubtest.Spoiled(spoil))
			if records, err := b.Records(t.Context(), record(0).Header); err != nil || len(records) != 1 || len(records[0].Sessions) != 2 {
				t.Errorf("%d records, %v; want the whole one", len(records), err)
			}
			g.Fault("GET "+git+"blobs/", math.MaxInt, githubtest.Spoiled(spoil))
			_, err := b.Records(t.Context(), record(0).Header)
			wantError(t, err, "the answer is damaged", "in 3 attempts")
		})
	}
}
