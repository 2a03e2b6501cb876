package github_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// commitOf returns the hash of a commit that repeats one digit.
func commitOf(digit string) string { return strings.Repeat(digit, 40) }

func comment(run int64, head, body string) github.Comment {
	return github.Comment{
		Key: "default", Run: github.Run{ID: run, Attempt: 1, Head: commitOf(head)}, Body: body, Whole: "the job summary",
	}
}

func post(t *testing.T, c *github.Client, comment github.Comment) github.Posted {
	t.Helper()
	posted, err := c.PostComment(context.Background(), 7, comment)
	if err != nil {
		t.Fatal(err)
	}
	return posted
}

// shown returns the last lines of the comments that are not minimized.
func shown(repo *githubtest.Repo) string {
	var all []string
	for _, c := range repo.Comments(7) {
		if c.Minimized == "" {
			all = append(all, c.Body[strings.LastIndex(c.Body, "\n")+1:])
		}
	}
	return strings.Join(all, ", ")
}

func TestOneCommentIsUpdatedInPlace(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	for i := range 150 {
		repo.Comment(7, "alice", fmt.Sprint("talk ", i))
	}
	repo.Push(7, commitOf("a"))
	first := post(t, c, comment(1, "a", "first"))
	repo.Push(7, commitOf("b"))
	second := post(t, c, comment(2, "b", "second"))
	again := comment(2, "b", "rerun")
	again.Run.Attempt = 2
	third := post(t, c, again)
	if first.URL == "" || second.URL != first.URL || third.URL != first.URL {
		t.Errorf("the comment moved: %v, %v, %v", first, second, third)
	}
	all := repo.Comments(7)
	if len(all) != 151 {
		t.Fatalf("there are %d comments, want 151", len(all))
	}
	want := "<!-- perf-gate key=default run=2 attempt=2 head=" + commitOf("b") + " -->\nrerun"
	if got := all[150]; got.Body != want || got.Author != bot {
		t.Errorf("got %q, want %q", got.Body, want)
	}
}

func TestKeysStandSideBySide(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	other := comment(1, "a", "of kind")
	other.Key = "kind"
	post(t, c, comment(1, "a", "of simulation"))
	post(t, c, other)
	if got := shown(repo); got != "of simulation, of kind" {
		t.Errorf("shown are %q", got)
	}
}

// Anyone can copy a marker, but nobody's text may be replaced or minimized.
func TestOnlyTheAuthorsCommentsCount(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	forged := "<!-- perf-gate key=default run=999 attempt=1 head=" + commitOf("f") + " -->\nforged"
	repo.Comment(7, "mallory", forged)
	repo.Comment(7, bot, "quoted by another workflow: "+forged)
	posted := post(t, c, comment(1, "a", "ours"))
	all := repo.Comments(7)
	if posted.Superseded || len(all) != 3 || all[0].Body != forged || all[0].Minimized != "" || all[1].Minimized != "" {
		t.Errorf("got %v, %+v", posted, all)
	}
}

func TestAnOlderRunChangesNothing(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	repo.Push(7, commitOf("b"))
	newer := post(t, c, comment(2, "b", "newer"))
	posted := post(t, c, comment(1, "a", "older"))
	if !posted.Superseded || posted.URL != newer.URL {
		t.Errorf("got %+v, want it to be superseded by %s", posted, newer.URL)
	}
	if len(repo.Comments(7)) != 1 || shown(repo) != "newer" {
		t.Errorf("shown are %q", shown(repo))
	}
}

// The newer run writes just before the older one. Whatever the older one then does,
// the newer result is kept.
func TestALostRace(t *testing.T) {
	for name, operation := range map[string]string{
		"before it reads":   "GET /repos/kro/kro/issues/7/comments",
		"before it looks":   "GET /repos/kro/kro/pulls/7",
		"before it creates": "POST /repos/kro/kro/issues/7/comments",
	} {
		t.Run(name, func(t *testing.T) {
			s, repo, c := fixture(t, everything...)
			repo.Push(7, commitOf("0"))
			if name != "before it creates" {
				post(t, c, comment(1, "0", "oldest"))
			}
			// The push is earlier, because the run that measures it takes minutes.
			repo.Push(7, commitOf("b"))
			s.Fault(operation, 1, githubtest.Meanwhile(func() { post(t, c, comment(3, "b", "newer")) }))
			post(t, c, comment(2, "a", "older"))
			if got := shown(repo); got != "newer" {
				t.Errorf("shown are %q, want only the newer run's", got)
			}
		})
	}
}

// A commit that no run measures, such as one of the documentation, does not
// suppress the last result.
func TestAResultOfAnEarlierCommit(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	repo.Push(7, commitOf("a"))
	post(t, c, comment(1, "a", "first"))
	repo.Push(7, commitOf("c"))
	posted := post(t, c, comment(2, "b", "second"))
	all := repo.Comments(7)
	if posted.Superseded || len(all) != 2 || all[0].Minimized != "OUTDATED" || shown(repo) != "second" {
		t.Errorf("got %+v, %+v; want the second shown and the first folded", posted, all)
	}
}

func TestDuplicatesAreFolded(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	repo.Push(7, commitOf("c"))
	for run := range int64(3) {
		repo.Comment(7, bot, fmt.Sprintf("<!-- perf-gate key=default run=%d attempt=1 head=%s -->\nrun %d", run+1, commitOf("a"), run+1))
	}
	post(t, c, comment(4, "c", "now"))
	if got := shown(repo); got != "now" || len(repo.Comments(7)) != 3 {
		t.Errorf("shown are %q of %d", got, len(repo.Comments(7)))
	}
}

func TestALongBodyIsCut(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	body := "# Result\n\n" + strings.Repeat("a line of ünicode\n", 10_000)
	post(t, c, comment(1, "a", body))
	got := repo.Comments(7)[0].Body
	if len(got) > github.MaxComment || len(got) < github.MaxComment-200 || !strings.Contains(got, "The full text is in the job summary.") {
		t.Errorf("%d bytes were posted, ending %q", len(got), got[len(got)-100:])
	}
}

func TestCommentsThatCouldNotBeReadBack(t *testing.T) {
	s, _, c := fixture(t, everything...)
	for want, spoil := range map[string]func(*github.Comment){
		"cannot be the key of a comment": func(c *github.Comment) { c.Key = "a -->" },
		"is not a commit":                func(c *github.Comment) { c.Run.Head = "main" },
		"both must be at least 1":        func(c *github.Comment) { c.Run.ID = 0 },
		"run 1, attempt 0: b":            func(c *github.Comment) { c.Run.Attempt = 0 },
	} {
		bad := comment(1, "a", "x")
		spoil(&bad)
		if _, err := c.PostComment(context.Background(), 7, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if len(s.Requests()) != 0 {
		t.Errorf("made %v", s.Requests())
	}
}

// An old enterprise server does not return the login of an app.
func TestATokenThatCannotTellWhoseItIs(t *testing.T) {
	s, repo, c := fixture(t, everything...)
	s.Fault("POST /graphql", 1, githubtest.Refuse(403, "Resource not accessible by integration"))
	post(t, c, comment(1, "a", "text"))
	if shown(repo) != "text" {
		t.Errorf("shown are %q", shown(repo))
	}
}

// Posting a comment twice is visible. A request that GitHub did not perform can be
// made again, but an error page does not say whether it did.
func TestMakingIsNotRepeatedBlindly(t *testing.T) {
	s, repo, c := fixture(t, everything...)
	s.Fault("POST /repos/kro/kro/issues/7/comments", 1, githubtest.Lost(502))
	posted, err := c.PostComment(context.Background(), 7, comment(1, "a", "text"))
	if err != nil || posted.URL == "" {
		t.Fatal(posted, err)
	}
	if got := repo.Comments(7); len(got) != 1 {
		t.Errorf("there are %d comments, want 1", len(got))
	}
}

// A request that the transport repeated without success is not repeated again.
func TestGivingUp(t *testing.T) {
	for _, operation := range []string{"GET /repos/kro/kro/issues/7/comments", "POST /repos/kro/kro/issues/7/comments"} {
		s, _, c := fixture(t, everything...)
		s.Fault(operation, 100, githubtest.Down(502))
		_, err := c.PostComment(context.Background(), 7, comment(1, "a", "text"))
		if !errors.Is(err, githubapi.ErrUnavailable) || !strings.Contains(err.Error(), "502 Bad Gateway") {
			t.Errorf("%s: got %v", operation, err)
		}
		made := 0
		for _, r := range s.Requests() {
			if r == operation {
				made++
			}
		}
		if made != 5 {
			t.Errorf("%s: made %d times, want 5", operation, made)
		}
	}
}
