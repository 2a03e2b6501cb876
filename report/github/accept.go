package github

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// Command is the comment that accepts a regression, at the start of a line.
const Command = "/perf-gate accept"

// HowToAccept says how to accept regressions, as the end of a sentence.
const HowToAccept = "with a comment that starts with " + Command + " and gives the reason"

// maxReason limits a reason, in characters.
const maxReason = 500

// An Acceptance records that someone with write access accepted a regression. One
// by label has the label's name as its reason, and no URL.
type Acceptance struct {
	bench.Acceptance
	At time.Time
}

// A Refusal is an acceptance that does not count.
type Refusal struct{ By, Why string }

// Accepted returns the acceptances on a pull request, by label or by comment, the
// oldest first, and those that are refused. An acceptance holds for the pull
// request, including later pushes, until the label or the comment is removed.
func (c *Client) Accepted(ctx context.Context, pull Pull, label string) ([]Acceptance, []Refusal, error) {
	wanted, refused, err := c.commands(ctx, pull.Number)
	if err != nil {
		return nil, nil, err
	}
	byLabel, err := c.labelled(ctx, pull, label)
	if err != nil {
		return nil, nil, err
	}
	var accepted []Acceptance
	may := map[string]bool{}
	for _, a := range append(wanted, byLabel...) {
		if _, known := may[a.By]; !known {
			if may[a.By], err = c.mayWrite(ctx, a.By); err != nil {
				return nil, nil, err
			}
		}
		if !may[a.By] {
			refused = append(refused, Refusal{a.By, "does not have write access to the repository"})
			continue
		}
		accepted = append(accepted, a)
	}
	slices.SortStableFunc(accepted, func(a, b Acceptance) int { return a.At.Compare(b.At) })
	return accepted, refused, nil
}

// commands returns the comments that accept a regression, by any author.
func (c *Client) commands(ctx context.Context, pull int) (found []Acceptance, refused []Refusal, err error) {
	all, err := c.allComments(ctx, pull)
	if err != nil {
		return nil, nil, err
	}
	for _, comment := range all {
		metric, reason, ok := parseCommand(comment.GetBody())
		by := comment.GetUser().GetLogin()
		switch {
		case !ok:
		case reason == "":
			refused = append(refused, Refusal{by, "gave no reason: write " + Command + " [metric] reason"})
		default:
			a := bench.Acceptance{Metric: metric, By: by, Reason: reason, URL: comment.GetHTMLURL()}
			found = append(found, Acceptance{a, comment.GetCreatedAt().Time})
		}
	}
	return found, refused, nil
}

// parseCommand reads the first command in a comment. It ignores quoted lines,
// which start with ">".
func parseCommand(body string) (metric, reason string, ok bool) {
	for line := range strings.Lines(body) {
		rest, found := strings.CutPrefix(strings.TrimSpace(line), Command)
		if !found || rest != "" && !unicode.IsSpace([]rune(rest)[0]) {
			continue
		}
		words := strings.Fields(printable(rest))
		if len(words) > 0 {
			if _, known := bench.Lookup(words[0]); known {
				metric, words = words[0], words[1:]
			}
		}
		reason := []rune(strings.Join(words, " "))
		return metric, string(reason[:min(len(reason), maxReason)]), true
	}
	return "", "", false
}

// printable drops characters that could control a terminal or reverse text.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s)
}

// labelled returns the acceptance by label, if the pull request has the label.
func (c *Client) labelled(ctx context.Context, pull Pull, label string) ([]Acceptance, error) {
	has := false
	for _, l := range pull.Labels {
		has = has || strings.EqualFold(l, label)
	}
	if !has {
		return nil, nil
	}
	events, err := list(func(page gh.ListOptions) ([]*gh.IssueEvent, *gh.Response, error) {
		return c.rest.Issues.ListIssueEvents(ctx, c.owner, c.repository, pull.Number, &page)
	})
	if err != nil {
		return nil, githubapi.Explain("reading who set the label on "+c.at(pull.Number), err)
	}
	var last []Acceptance
	for _, e := range events {
		if e.GetEvent() == "labeled" && strings.EqualFold(e.GetLabel().GetName(), label) {
			last = []Acceptance{{bench.Acceptance{By: e.GetActor().GetLogin(), Reason: "label " + label}, e.GetCreatedAt().Time}}
		}
	}
	return last, nil
}

// mayWrite reports whether a user may push to the repository.
func (c *Client) mayWrite(ctx context.Context, login string) (bool, error) {
	level, response, err := c.rest.Repositories.GetPermissionLevel(ctx, c.owner, c.repository, login)
	if response != nil && response.StatusCode == http.StatusNotFound {
		return false, nil // a deleted account, or an app
	}
	if err != nil {
		return false, githubapi.Explain(fmt.Sprintf("asking whether %s may write to %s/%s", login, c.owner, c.repository), err)
	}
	return level.GetPermission() == "write" || level.GetPermission() == "admin", nil
}
