package github_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubtest"
)

const reading = "GET /repos/kro/kro/pulls/7"

func TestRequestsAreRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		faults []githubtest.Fault
		waits  []time.Duration // each may be up to half as long again
	}{
		"unavailable":      {[]githubtest.Fault{githubtest.Down(502), githubtest.Down(503)}, []time.Duration{time.Second, 2 * time.Second}},
		"cut":              {[]githubtest.Fault{githubtest.Cut()}, []time.Duration{time.Second}},
		"slow":             {[]githubtest.Fault{githubtest.Hang()}, []time.Duration{time.Second}},
		"secondary limit":  {[]githubtest.Fault{githubtest.TooFast(403, 17*time.Second)}, []time.Duration{17 * time.Second}},
		"secondary, 429":   {[]githubtest.Fault{githubtest.TooFast(429, 17*time.Second)}, []time.Duration{17 * time.Second}},
		"without a time":   {[]githubtest.Fault{githubtest.TooFast(403, 0), githubtest.TooFast(403, 0)}, []time.Duration{time.Minute, 2 * time.Minute}},
		"primary limit":    {[]githubtest.Fault{githubtest.Exhausted(time.Now().Add(90 * time.Second))}, []time.Duration{80 * time.Second}},
		"a limit, then up": {[]githubtest.Fault{githubtest.TooFast(429, 5*time.Second), githubtest.Down(500)}, []time.Duration{5 * time.Second, 2 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, c, w := fixture(t, everything...)
			for _, f := range test.faults {
				s.Fault(reading, 1, f)
			}
			pull, err := c.Pull(context.Background(), 7)
			if err != nil || pull.Author != "alice" {
				t.Fatalf("got %+v, %v", pull, err)
			}
			if len(w.all) != len(test.waits) {
				t.Fatalf("waited %v, want about %v", w.all, test.waits)
			}
			for i, least := range test.waits {
				if w.all[i] < least || w.all[i] > least+least/2 {
					t.Errorf("waited %v, want about %v", w.all, test.waits)
				}
			}
		})
	}
}

func TestGivingUp(t *testing.T) {
	for name, test := range map[string]struct {
		fault    githubtest.Fault
		kind     error
		requests int
		want     string
	}{
		"down":       {githubtest.Down(502), github.ErrUnavailable, 5, "reading kro/kro#7: 502 Bad Gateway: GitHub is not available: run the job again later"},
		"cut":        {githubtest.Cut(), github.ErrUnavailable, 5, "reading kro/kro#7: the answer was cut short: unexpected EOF: check the network"},
		"long limit": {githubtest.Exhausted(time.Now().Add(time.Hour)), github.ErrLimited, 1, "GitHub wants no request before "},
		"long wait":  {githubtest.TooFast(403, time.Hour), github.ErrLimited, 1, "GitHub wants no request before "},
		"forbidden":  {githubtest.Refuse(403, "no"), github.ErrPermission, 1, "403 no: the workflow needs `permissions: pull-requests: read`"},
	} {
		t.Run(name, func(t *testing.T) {
			s, _, c, _ := fixture(t, everything...)
			s.Fault(reading, 100, test.fault)
			_, err := c.Pull(context.Background(), 7)
			if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := len(s.Requests()); got != test.requests {
				t.Errorf("made %d requests, want %d", got, test.requests)
			}
			if _, err := c.Pull(context.Background(), 7); !errors.Is(err, test.kind) {
				t.Errorf("the next request: %v", err)
			}
		})
	}
}

// Making a comment twice shows. A request that was not looked at can be made
// again, but nobody knows that of an error page.
func TestMakingIsNotRepeatedBlindly(t *testing.T) {
	s, repo, c, _ := fixture(t, everything...)
	s.Fault("POST /repos/kro/kro/issues/7/comments", 1, githubtest.Lost(502))
	posted, err := c.Comment(context.Background(), 7, comment(1, "a", "text"))
	if err != nil || posted.URL == "" {
		t.Fatal(posted, err)
	}
	if got := repo.Comments(7); len(got) != 1 {
		t.Errorf("there are %d comments, want 1", len(got))
	}
}

func TestTheContextEndsWaiting(t *testing.T) {
	s := githubtest.New(t)
	s.Repo("kro/kro")
	s.Token("secret", bot, everything...)
	ctx, cancel := context.WithCancel(context.Background())
	c, err := github.New(github.Options{API: s.URL, Token: "secret", Repository: "kro/kro", Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	s.Fault("", 100, githubtest.Down(503))
	if _, err := c.Pull(ctx, 7); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := len(s.Requests()); got != 1 {
		t.Errorf("made %d requests, want 1", got)
	}
}

// The last request that a limit allows says that none remain. The next may be
// made after the reset all the same, and GitHub is to say so, not the client.
func TestTheLastRequestOfALimit(t *testing.T) {
	s, _, c, _ := fixture(t, everything...)
	s.Fault(reading, 1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("X-Ratelimit-Limit", "1000")
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "4102444800")
		next.ServeHTTP(w, r)
	})
	for range 2 {
		if _, err := c.Pull(context.Background(), 7); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Requests(); !slices.Equal(got, []string{reading, reading}) {
		t.Errorf("made %v", got)
	}
}
