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

// What kept GitHub from doing what was asked. [Error] wraps one of them.
var (
	ErrToken       = errors.New("the token is not valid")
	ErrPermission  = errors.New("the token lacks a permission")
	ErrNotFound    = errors.New("not found")
	ErrLimited     = errors.New("rate limited")
	ErrUnavailable = errors.New("GitHub is not available")
)

// Error says in one line what could not be done, why, and what to do about it.
type Error struct {
	Doing  string // "posting the comment on kro/kro#7"
	Reason string // "403 Resource not accessible by integration"
	Remedy string // "the workflow needs `permissions: pull-requests: write`"; may be empty
	// Permission is the one that is missing, "pull-requests: write", with
	// ErrPermission and, as a guess, with ErrNotFound.
	Permission string

	Kind  error // one of those above, or nil
	cause error
}

func (e *Error) Error() string {
	line := e.Doing + ": " + e.Reason
	if e.Remedy != "" {
		line += ": " + e.Remedy
	}
	return strings.Join(strings.Fields(line), " ")
}

// Unwrap returns the kind of the error, if it is one of those above, and what
// the client beneath returned.
func (e *Error) Unwrap() []error {
	if e.Kind == nil {
		return []error{e.cause}
	}
	return []error{e.Kind, e.cause}
}

// Explain turns an error of the client beneath into an [Error]. Doing says what
// failed, and stands before errors that are not GitHub's too. An error that is
// explained already is returned as it is, and nil is nil.
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

// explain tells what an answer means, nil if the error is about none. The client
// beneath remembers a rate limit, and then makes up an answer without asking.
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

// exceeded tells of a rate limit and when it ends.
func exceeded(text string, until time.Time) *Error {
	return &Error{
		Reason: text, Kind: ErrLimited,
		Remedy: "GitHub wants no request before " + until.UTC().Format("15:04:05 UTC") + ", which is longer than this waits: run the job again then",
	}
}

// refused tells of any other answer that is no success.
func refused(response *http.Response, text string) *Error {
	status := response.StatusCode
	e := &Error{Reason: strings.TrimSpace(fmt.Sprintf("%d %s", status, text))}
	switch {
	case status == http.StatusUnauthorized:
		e.Kind, e.Remedy = ErrToken, "the token is not valid or has expired: pass one such as github-token: ${{ github.token }}"
	case status == http.StatusForbidden:
		e.Kind, e.Permission = ErrPermission, needed(response)
		e.Remedy = "the workflow needs `permissions: " + e.Permission + "` (in a pull request from a fork the token can only read, whatever the workflow asks for)"
	case status == http.StatusNotFound:
		e.Kind, e.Permission = ErrNotFound, needed(response)
		e.Remedy = "it is not there, or the token may not see it: then the workflow needs `permissions: " + e.Permission + "`"
	case status == http.StatusConflict && strings.Contains(text, "empty"):
		e.Remedy = "push a first commit to the default branch"
	case status >= 500:
		e.Kind, e.Reason = ErrUnavailable, fmt.Sprintf("%d %s", status, http.StatusText(status))
		e.Remedy = "GitHub is not available: run the job again later"
	}
	return e
}

// needed names the permission that a refused request needs. GitHub tells it in
// a header; enterprise servers may not, and then the path does.
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

// permission puts what GitHub's header says as a workflow does:
// "issues=write; pull_requests=write" names two of which one is enough, and a
// comma joins those that are needed together.
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
