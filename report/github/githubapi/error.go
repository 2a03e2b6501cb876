package githubapi

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	gh "github.com/google/go-github/v62/github"
)

// The kinds of failure. An [Error] wraps one of them.
var (
	ErrToken       = errors.New("the token is not valid")
	ErrPermission  = errors.New("the token lacks a permission")
	ErrNotFound    = errors.New("not found")
	ErrLimited     = errors.New("rate limited")
	ErrUnavailable = errors.New("GitHub is not available")
)

// An Error says in one line what failed, why, and what to do about it.
type Error struct {
	Doing  string // "posting the comment on kro/kro#7"
	Reason string // "403 Resource not accessible by integration"
	Remedy string // "the workflow needs `permissions: pull-requests: write`"; may be empty
	// Permission is the missing permission, such as "pull-requests: write". It is
	// set with ErrPermission and, as a guess, with ErrNotFound.
	Permission string

	Kind  error // one of the kinds above, or nil
	cause error
}

func (e *Error) Error() string {
	line := e.Doing + ": " + e.Reason
	if e.Remedy != "" {
		line += ": " + e.Remedy
	}
	return strings.Join(strings.Fields(line), " ")
}

// Unwrap returns the kind of the error, if it has one, and the underlying error.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.cause}
	}
	return []error{e.Kind, e.cause}
}

// Explain turns an error of the underlying client into an [Error]. Doing says
// what failed; Explain also puts it before errors that are not GitHub's. Explain
// returns nil and explained errors unchanged.
func Explain(doing string, err error) error {
	if err == nil {
		return nil
	}
	var explained *Error
	if errors.As(err, &explained) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if e := explain(err); e != nil {
		e.Doing, e.cause = doing, err
		return e
	}
	var transport *url.Error
	if errors.As(err, &transport) {
		return &Error{
			Doing: doing, Reason: transport.Err.Error(), Kind: ErrUnavailable, cause: err,
			Remedy: "check the network and GITHUB_API_URL, and run the job again",
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// explain returns the meaning of GitHub's answer, or nil if the error is not
// about one. The underlying client remembers a rate limit and then makes up an
// answer without asking GitHub.
func explain(err error) *Error {
	var plain *gh.ErrorResponse
	var primary *gh.RateLimitError
	var secondary *gh.AbuseRateLimitError
	now := time.Now()
	switch {
	case errors.As(err, &plain):
		text := plain.Message
		for _, e := range plain.Errors {
			if e.Message != "" {
				text += ": " + e.Message
			}
		}
		if limited(plain.Response) {
			return exceeded(text, now.Add(limit(plain.Response, now, 1)))
		}
		return refused(plain.Response, text)
	case errors.As(err, &primary):
		return exceeded(primary.Message, primary.Rate.Reset.Time)
	case errors.As(err, &secondary):
		wait := limit(secondary.Response, now, 1)
		if secondary.RetryAfter != nil {
			wait = *secondary.RetryAfter
		}
		return exceeded(secondary.Message, now.Add(wait))
	}
	return nil
}

// exceeded returns the error for a rate limit that ends at a time.
func exceeded(text string, until time.Time) *Error {
	return &Error{
		Reason: text, Kind: ErrLimited,
		Remedy: "GitHub accepts no request before " + until.UTC().Format("15:04:05 UTC") + ", longer than perf-gate waits: run the job again after that",
	}
}

// refused returns the error for any other answer that is not a success.
func refused(response *http.Response, text string) *Error {
	status := response.StatusCode
	e := &Error{Reason: strings.TrimSpace(fmt.Sprintf("%d %s", status, text))}
	switch {
	case status == http.StatusUnauthorized:
		e.Kind, e.Remedy = ErrToken, "the token is not valid or has expired: pass one such as github-token: ${{ github.token }}"
	case status == http.StatusForbidden:
		e.Kind, e.Permission = ErrPermission, needed(response)
		e.Remedy = "the workflow needs `permissions: " + e.Permission + "` (for a pull request from a fork, the token can only read, even with that permission)"
	case status == http.StatusNotFound:
		e.Kind, e.Permission = ErrNotFound, needed(response)
		e.Remedy = "it does not exist, or the token cannot see it and the workflow needs `permissions: " + e.Permission + "`"
	case status == http.StatusConflict && strings.Contains(text, "empty"):
		e.Remedy = "push a first commit to the default branch"
	case status >= 500:
		e.Kind, e.Reason = ErrUnavailable, fmt.Sprintf("%d %s", status, http.StatusText(status))
		e.Remedy = "GitHub is not available: run the job again later"
	}
	return e
}

// needed returns the permission that a refused request needs. GitHub names it in
// a header. Enterprise servers may not; then it follows from the path.
func needed(response *http.Response) string {
	if accepted := response.Header.Get("X-Accepted-Github-Permissions"); accepted != "" {
		return permission(accepted)
	}
	path, access := "", "write"
	if r := response.Request; r != nil {
		path = r.URL.Path
		if r.Method == http.MethodGet {
			access = "read"
		}
	}
	for _, p := range []struct{ part, name string }{
		{"/check-runs", "checks"}, {"/actions/", "actions"}, {"/issues/", "pull-requests"}, {"/pulls", "pull-requests"}, {"/graphql", "pull-requests"},
	} {
		if strings.Contains(path, p.part) {
			return p.name + ": " + access
		}
	}
	return "contents: " + access
}

// permission converts GitHub's header to the form that a workflow uses. In the
// header, a semicolon separates alternatives and a comma joins permissions that
// are needed together: "issues=write; pull_requests=write".
func permission(accepted string) string {
	alternatives := strings.Split(accepted, ";")
	chosen := alternatives[0]
	for _, a := range alternatives {
		if strings.Contains(a, "pull_requests") {
			chosen = a
			break
		}
	}
	return strings.NewReplacer("_", "-", "=", ": ", ",", ", ").Replace(strings.ReplaceAll(chosen, " ", ""))
}
