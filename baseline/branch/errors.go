package branch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/go-github/v62/github"
)

// The permissions that requests need, as a workflow's file grants them.
const (
	reading = "contents: read"
	writing = "contents: write"
)

// longest is the longest that a request waits because GitHub said so.
const longest = 5 * time.Minute

// A requestError is the failure of one request, in one line.
type requestError struct {
	text  string
	cause error
	again bool          // whether the same request may succeed later
	after time.Duration // and how long to wait for it at least
}

func (e *requestError) Error() string { return e.text }
func (e *requestError) Unwrap() error { return e.cause }

// An overtakenError is the refusal to move a branch that somebody else moved.
type overtakenError struct{ err error }

func (e *overtakenError) Error() string { return e.err.Error() }
func (e *overtakenError) Unwrap() error { return e.err }

func isStatus(err error, status int) bool {
	response, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && response.Response.StatusCode == status
}

// explain says what could not be done, why, and what to do about it.
func (b *Branch) explain(doing, permission string, err error) error {
	if err == nil {
		return nil
	}
	e := &requestError{cause: err}
	var why string
	limit, isLimit := errors.AsType[*github.RateLimitError](err)
	abuse, isAbuse := errors.AsType[*github.AbuseRateLimitError](err)
	response, isResponse := errors.AsType[*github.ErrorResponse](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		why = err.Error()
	case isLimit:
		e.wait(time.Until(limit.Rate.Reset.Time))
		why = fmt.Sprintf("the token's rate limit of %d requests is used up until %s: try again then",
			limit.Rate.Limit, limit.Rate.Reset.UTC().Format(time.RFC3339))
	case isAbuse:
		after := time.Minute // what GitHub asks for where it does not say
		if abuse.RetryAfter != nil {
			after = *abuse.RetryAfter
		}
		e.wait(after)
		why = fmt.Sprintf("GitHub wants fewer requests at once: try again in %s", after)
	case isResponse:
		why = e.respond(response, permission)
	default: // no answer, or a part of one
		e.again = true
		why = err.Error()
	}
	e.text = fmt.Sprintf("%s: could not %s: %s", b, doing, why)
	return e
}

func (e *requestError) wait(after time.Duration) {
	e.again, e.after = after <= longest, after
}

func (e *requestError) respond(r *github.ErrorResponse, permission string) string {
	status := r.Response.StatusCode
	message := strings.Join(strings.Fields(r.Message), " ")
	if message == "" {
		message = http.StatusText(status)
	}
	switch {
	case status == http.StatusUnauthorized:
		return "GitHub does not accept the token (401): give one that has not expired"
	case status == http.StatusForbidden:
		return fmt.Sprintf("%s (403): the token needs the permission `%s`", message, permission)
	case status == http.StatusNotFound:
		return fmt.Sprintf("%s (404): check the repository's name, and that the token has the permission `%s`", message, permission)
	case status == http.StatusConflict && strings.Contains(message, "empty"):
		return "the repository is empty (409): push a first commit to its default branch"
	case status == http.StatusTooManyRequests:
		seconds, err := strconv.Atoi(r.Response.Header.Get("Retry-After"))
		if err != nil {
			seconds = 60
		}
		e.wait(time.Duration(seconds) * time.Second)
	case status >= http.StatusInternalServerError:
		e.again = true
	}
	return fmt.Sprintf("%s (%d)", message, status)
}
