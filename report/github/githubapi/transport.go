package githubapi

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// attempts is how often a request is made that GitHub fails to answer.
	attempts = 5
	// firstWait is how long to wait before the second; each wait after it is
	// twice as long.
	firstWait = time.Second
	// limitWait is how long to wait at a rate limit that does not say how long,
	// as GitHub's documentation advises; it grows as firstWait does.
	limitWait = time.Minute
	// patience is how long one request may wait in all, for rate limits and
	// between repetitions.
	patience = 5 * time.Minute
	// maxAnswer bounds one answer in bytes: GitHub's largest blobs, in base64.
	maxAnswer = 140 << 20
)

// Transport adds the token, waits at rate limits, and repeats requests that were
// not answered where doing them twice does no harm.
type Transport struct {
	// Token goes to Hosts, such as api.github.com, and to no other.
	Token string
	Hosts []string
	Agent string // sent as the User-Agent

	// Timeout bounds one attempt at a request: 30 seconds if it is 0.
	Timeout time.Duration
	// Sleep waits, or returns early with the context's error. Nil means [Sleep];
	// tests need not wait.
	Sleep func(ctx context.Context, d time.Duration) error
	// Next makes the attempts: http.DefaultTransport if it is nil.
	Next http.RoundTripper
}

// RoundTrip returns GitHub's last answer, also where that is a failure.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	left := patience
	if deadline, ok := r.Context().Deadline(); ok {
		// What GitHub said tells more than that the time was up.
		left = min(patience, time.Until(deadline))
	}
	sleep := t.Sleep
	if sleep == nil {
		sleep = Sleep
	}
	for attempt := 1; ; attempt++ {
		response, err := t.once(r)
		wait, again := retry(r, response, err, attempt)
		if !again || wait > left || r.Context().Err() != nil {
			return response, err
		}
		left -= wait
		if err := sleep(r.Context(), wait); err != nil {
			return nil, err
		}
	}
}

// Sleep waits by the clock, or returns early with the context's error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// once makes one attempt and reads the whole answer, so that one that is cut
// short counts as none.
func (t *Transport) once(r *http.Request) (*http.Response, error) {
	timeout := cmp.Or(t.Timeout, 30*time.Second)
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	attempt := r.Clone(ctx)
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		attempt.Body = body
	}
	// A redirect may lead to another host, which must not see the token.
	if slices.Contains(t.Hosts, r.URL.Host) {
		attempt.Header.Set("Authorization", "Bearer "+t.Token)
	}
	attempt.Header.Set("User-Agent", t.Agent)
	next := t.Next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(attempt)
	if err != nil {
		if ctx.Err() != nil && r.Context().Err() == nil {
			err = fmt.Errorf("no answer within %v", timeout)
		}
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer was cut short: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	case strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && !json.Valid(body):
		// A proxy may end an answer as if it were whole.
		return nil, errors.New("the answer was cut short: it is not whole JSON")
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if !limited(response) {
		// go-github would refuse the next request by itself when this one was
		// the last that the limit allows; here it is made, and waited for.
		response.Header.Del("X-Ratelimit-Reset")
	}
	return response, nil
}

// retry says whether to make a request again, and how long to wait before.
func retry(r *http.Request, response *http.Response, err error, attempt int) (wait time.Duration, again bool) {
	if response != nil && limited(response) {
		return limit(response, time.Now(), attempt), true
	}
	failed := err != nil || response.StatusCode >= 500
	if !failed || attempt == attempts || !repeatable(r) && !unsent(err) {
		return 0, false
	}
	wait = firstWait << (attempt - 1)
	if response != nil {
		wait = max(wait, retryAfter(response))
	}
	// Jobs that failed together should not come back together.
	return wait + rand.N(wait/2), true
}

// limited says whether an answer is a rate limit, primary or secondary.
func limited(response *http.Response) bool {
	switch response.StatusCode {
	case http.StatusTooManyRequests:
		return true
	case http.StatusForbidden:
		return response.Header.Get("Retry-After") != "" ||
			response.Header.Get("X-Ratelimit-Remaining") == "0" ||
			strings.Contains(message(response), "secondary rate limit")
	}
	return false
}

// message reads an answer without consuming it.
func message(response *http.Response) string {
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	return string(body)
}

// limit returns how long a rate limit asks to wait.
func limit(response *http.Response, now time.Time, attempt int) time.Duration {
	if wait := retryAfter(response); wait > 0 {
		return wait
	}
	reset, err := strconv.ParseInt(response.Header.Get("X-Ratelimit-Reset"), 10, 64)
	if err == nil && response.Header.Get("X-Ratelimit-Remaining") == "0" {
		// A second more, as the clocks may differ.
		return max(time.Unix(reset, 0).Sub(now), 0) + time.Second
	}
	return limitWait << min(attempt-1, 10)
}

// retryAfter returns how long an answer asks to wait, 0 if it does not ask.
func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// repeatable says whether doing a request twice has the effect of doing it once.
// Git objects are named by their content, references are only moved from where
// they are known to be, and the GraphQL mutation in use sets a state. What is
// left is the making of comments and check runs.
func repeatable(r *http.Request) bool {
	return r.Method != http.MethodPost ||
		strings.Contains(r.URL.Path, "/git/") || strings.HasSuffix(r.URL.Path, "/graphql")
}

// unsent says whether a request failed before GitHub could see it.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
