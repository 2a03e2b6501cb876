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
	// attempts is how often a request is made if GitHub does not answer.
	attempts = 5
	// firstWait is the wait before the second attempt. Each further wait is twice
	// as long.
	firstWait = time.Second
	// limitWait is the wait for a rate limit that does not say how long, as GitHub's
	// documentation advises. It doubles like firstWait.
	limitWait = time.Minute
	// patience limits the total wait of one request, for rate limits and between
	// attempts.
	patience = 5 * time.Minute
	// maxAnswer limits an answer, in bytes: GitHub's largest blobs, in base64.
	maxAnswer = 140 << 20
)

// A Transport adds the token, waits for rate limits, and repeats unanswered
// requests if doing them twice does no harm.
type Transport struct {
	// Token is sent only to Hosts, such as api.github.com.
	Token string
	Hosts []string
	Agent string // the User-Agent

	// Timeout limits one attempt. The default is 30 seconds.
	Timeout time.Duration
	// Sleep waits, or returns early with the context's error. The default is
	// [Sleep]; tests replace it.
	Sleep func(ctx context.Context, d time.Duration) error
	// Next makes the attempts. The default is http.DefaultTransport.
	Next http.RoundTripper
}

// RoundTrip returns GitHub's last answer, even if it is a failure.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	left := patience
	if deadline, ok := r.Context().Deadline(); ok {
		// GitHub's answer is more useful than the news that time is up.
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

// once makes one attempt and reads the whole answer. A truncated answer is an
// error.
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
	// A redirect may lead to another host, which must not get the token.
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
		return nil, fmt.Errorf("the answer is incomplete: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxAnswer)
	case strings.HasPrefix(response.Header.Get("Content-Type"), "application/json") && !json.Valid(body):
		// A proxy may truncate an answer without an error.
		return nil, errors.New("the answer is incomplete: it is not valid JSON")
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if !limited(response) {
		// After the last request that the limit allows, go-github would refuse the
		// next one without asking GitHub. Here it is made, and waits if it must.
		response.Header.Del("X-Ratelimit-Reset")
	}
	return response, nil
}

// retry reports whether to repeat a request, and how long to wait first.
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
	// Jobs that failed together should not retry together.
	return wait + rand.N(wait/2), true
}

// limited reports whether an answer is a rate limit, primary or secondary.
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

// message returns the body of an answer without consuming it.
func message(response *http.Response) string {
	body, err := io.ReadAll(response.Body)
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return ""
	}
	return string(body)
}

// limit returns the wait that a rate limit asks for.
func limit(response *http.Response, now time.Time, attempt int) time.Duration {
	if wait := retryAfter(response); wait > 0 {
		return wait
	}
	reset, err := strconv.ParseInt(response.Header.Get("X-Ratelimit-Reset"), 10, 64)
	if err == nil && response.Header.Get("X-Ratelimit-Remaining") == "0" {
		// One more second, because the clocks may differ.
		return max(time.Unix(reset, 0).Sub(now), 0) + time.Second
	}
	return limitWait << min(attempt-1, 10)
}

// retryAfter returns the wait that an answer asks for, or 0.
func retryAfter(response *http.Response) time.Duration {
	seconds, err := strconv.Atoi(response.Header.Get("Retry-After"))
	if err != nil || seconds < 0 || seconds > 24*60*60 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// repeatable reports whether doing a request twice has the same effect as doing
// it once. Git objects are named by their content, references only move from a
// known commit, and the only GraphQL mutation sets a state. Requests that create
// comments and check runs are not repeatable.
func repeatable(r *http.Request) bool {
	return r.Method != http.MethodPost ||
		strings.Contains(r.URL.Path, "/git/") || strings.HasSuffix(r.URL.Path, "/graphql")
}

// unsent reports whether a request failed before it reached GitHub.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
