package githubapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// waits records the waits of a transport, which take no time.
type waits struct {
	mu  sync.Mutex
	all []time.Duration
}

func (w *waits) sleep(ctx context.Context, d time.Duration) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, d)
	return ctx.Err()
}

// client returns a client of the API at a URL. It sends its token to that host.
func client(t *testing.T, api string, transport *githubapi.Transport) *gh.Client {
	t.Helper()
	base, err := url.Parse(api + "/")
	if err != nil {
		t.Fatal(err)
	}
	transport.Hosts = []string{base.Host}
	c := gh.NewClient(&http.Client{Transport: transport})
	c.BaseURL = base
	return c
}

// connect returns a client of a fake with the pull request kro/kro#7.
func connect(t *testing.T) (*githubtest.Server, *gh.Client, *waits) {
	t.Helper()
	s := githubtest.New(t)
	s.Repo("kro/kro").Pull(githubtest.Pull{Number: 7, Author: "alice", Branch: "feature"})
	s.Token("secret", "github-actions[bot]", "pull-requests: read")
	w := &waits{}
	return s, client(t, s.URL, &githubapi.Transport{Token: "secret", Timeout: 2 * time.Second, Sleep: w.sleep}), w
}

func read(ctx context.Context, c *gh.Client, pull int) error {
	_, _, err := c.PullRequests.Get(ctx, "kro", "kro", pull)
	return githubapi.Explain(fmt.Sprintf("reading kro/kro#%d", pull), err)
}

const reading = "GET /repos/kro/kro/pulls/7"

func TestRequestsAreRepeated(t *testing.T) {
	for name, test := range map[string]struct {
		faults []githubtest.Fault
		waits  []time.Duration // each may be up to half longer
	}{
		"unavailable":      {[]githubtest.Fault{githubtest.Down(502), githubtest.Down(503)}, []time.Duration{time.Second, 2 * time.Second}},
		"cut":              {[]githubtest.Fault{githubtest.Cut()}, []time.Duration{time.Second}},
		"cut by a proxy":   {[]githubtest.Fault{githubtest.Spoiled(func(body []byte) []byte { return body[:12] })}, []time.Duration{time.Second}},
		"slow":             {[]githubtest.Fault{githubtest.Hang()}, []time.Duration{time.Second}},
		"secondary limit":  {[]githubtest.Fault{githubtest.TooFast(403, 17*time.Second)}, []time.Duration{17 * time.Second}},
		"secondary, 429":   {[]githubtest.Fault{githubtest.TooFast(429, 17*time.Second)}, []time.Duration{17 * time.Second}},
		"without a time":   {[]githubtest.Fault{githubtest.TooFast(403, 0), githubtest.TooFast(403, 0)}, []time.Duration{time.Minute, 2 * time.Minute}},
		"primary limit":    {[]githubtest.Fault{githubtest.Exhausted(time.Now().Add(90 * time.Second))}, []time.Duration{80 * time.Second}},
		"a limit, then up": {[]githubtest.Fault{githubtest.TooFast(429, 5*time.Second), githubtest.Down(500)}, []time.Duration{5 * time.Second, 2 * time.Second}},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, w := connect(t)
			for _, f := range test.faults {
				s.Fault(reading, 1, f)
			}
			if err := read(context.Background(), c, 7); err != nil {
				t.Fatal(err)
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
		"down":       {githubtest.Down(502), githubapi.ErrUnavailable, 5, "reading kro/kro#7: 502 Bad Gateway: GitHub is not available: run the job again later"},
		"cut":        {githubtest.Cut(), githubapi.ErrUnavailable, 5, "reading kro/kro#7: the answer is incomplete: unexpected EOF: check the network"},
		"long limit": {githubtest.Exhausted(time.Now().Add(time.Hour)), githubapi.ErrLimited, 1, "GitHub accepts no request before "},
		"long wait":  {githubtest.TooFast(403, time.Hour), githubapi.ErrLimited, 1, "GitHub accepts no request before "},
		"forbidden":  {githubtest.Refuse(403, "no"), githubapi.ErrPermission, 1, "403 no: the workflow needs `permissions: pull-requests: read`"},
	} {
		t.Run(name, func(t *testing.T) {
			s, c, _ := connect(t)
			s.Fault(reading, 100, test.fault)
			err := read(context.Background(), c, 7)
			if !errors.Is(err, test.kind) || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if got := len(s.Requests()); got != test.requests {
				t.Errorf("made %d requests, want %d", got, test.requests)
			}
			if err := read(context.Background(), c, 7); !errors.Is(err, test.kind) {
				t.Errorf("the next request: %v", err)
			}
		})
	}
}

func TestTheContextEndsWaiting(t *testing.T) {
	s, _, _ := connect(t)
	ctx, cancel := context.WithCancel(context.Background())
	c := client(t, s.URL, &githubapi.Transport{Token: "secret", Sleep: func(ctx context.Context, _ time.Duration) error {
		cancel()
		return ctx.Err()
	}})
	s.Fault("", 100, githubtest.Down(503))
	if err := read(ctx, c, 7); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if got := len(s.Requests()); got != 1 {
		t.Errorf("made %d requests, want 1", got)
	}
}

// A wait longer than the context's deadline does not begin. GitHub's answer is more
// useful than the news that time is up.
func TestNoTimeToWait(t *testing.T) {
	s, c, w := connect(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s.Fault("", 1, githubtest.TooFast(429, 2*time.Minute))
	if err := read(ctx, c, 7); !errors.Is(err, githubapi.ErrLimited) || len(w.all) != 0 {
		t.Errorf("got %v after waiting %v, want the rate limit at once", err, w.all)
	}
}

// The answer to the last request that a limit allows says that none remain. The
// next request is still made, because the limit may have been reset: GitHub must
// refuse it, not the client.
func TestTheLastRequestOfALimit(t *testing.T) {
	s, c, _ := connect(t)
	s.Fault(reading, 1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("X-Ratelimit-Limit", "1000")
		w.Header().Set("X-Ratelimit-Remaining", "0")
		w.Header().Set("X-Ratelimit-Reset", "4102444800")
		next.ServeHTTP(w, r)
	})
	for range 2 {
		if err := read(context.Background(), c, 7); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Requests(); !slices.Equal(got, []string{reading, reading}) {
		t.Errorf("made %v", got)
	}
}
