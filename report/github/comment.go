package github

import (
	"context"
	"strings"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// MaxComment is GitHub's limit for the body of a comment, in characters. Bodies
// are kept below it in bytes, which is stricter.
const MaxComment = 65536

// A Comment is the comment that shows the result of a pull request.
type Comment struct {
	// Key distinguishes independent results on one pull request, such as those of
	// two configurations: "default".
	Key string
	Run Run
	// Body is Markdown. [Fit] shortens it to GitHub's limit.
	Body string
	// Whole says where the full body is, in case it is shortened: "the job
	// summary".
	Whole string
}

// Posted is the outcome of posting a comment.
type Posted struct {
	URL string // of the current comment
	// Superseded is set if a newer run's comment is current, so that nothing was
	// posted.
	Superseded bool
}

// PostComment posts the result on a pull request. It replaces the comment of an
// older run, and minimizes other comments with the same key and author.
//
// GitHub cannot change a comment on the condition that nobody else has. If an
// older run read the comments, a newer run wrote its own, and then the older run
// wrote, it would undo the newer result. So only a run of the pull request's
// current head edits a comment, and any other run posts a new one: an older run
// has an older head. Of several comments, the one of the newest run counts.
func (c *Client) PostComment(ctx context.Context, pull int, comment Comment) (Posted, error) {
	m := marker{comment.Key, comment.Run}
	if err := m.check(); err != nil {
		return Posted{}, err
	}
	author, err := c.login(ctx)
	if err != nil {
		return Posted{}, err
	}
	first := m.String() + "\n"
	body := first + Fit(comment.Body, MaxComment-len(first), comment.Whole)
	var posted Posted
	err = c.retryLost(ctx, func() error {
		posted, err = c.postOnce(ctx, pull, m, author, body)
		return err
	})
	return posted, err
}

// postOnce makes one attempt at posting a comment.
func (c *Client) postOnce(ctx context.Context, pull int, m marker, author, body string) (Posted, error) {
	found, err := c.comments(ctx, pull, m.key, author)
	if err != nil {
		return Posted{}, err
	}
	current := newest(found)
	if current != nil && current.run.newer(m.run) {
		return c.minimizeOlder(ctx, pull, m, author)
	}
	if current != nil {
		head, err := c.head(ctx, pull)
		if err != nil {
			return Posted{}, err
		}
		if head != m.run.Head && !current.run.same(m.run) {
			current = nil
		}
	}
	content := &gh.IssueComment{Body: &body}
	doing := "posting the comment on " + c.at(pull)
	if current != nil {
		_, _, err = c.rest.Issues.EditComment(ctx, c.owner, c.repository, current.id, content)
		err = githubapi.Explain(doing, err)
	} else {
		_, _, err = c.rest.Issues.CreateComment(ctx, c.owner, c.repository, pull, content)
		err = explainCreation(doing, err)
	}
	if err != nil {
		return Posted{}, err
	}
	return c.minimizeOlder(ctx, pull, m, author)
}

// minimizeOlder minimizes all comments but that of the newest run, which it
// returns.
func (c *Client) minimizeOlder(ctx context.Context, pull int, m marker, author string) (Posted, error) {
	found, err := c.comments(ctx, pull, m.key, author)
	if err != nil {
		return Posted{}, err
	}
	current := newest(found)
	if current == nil {
		return Posted{}, nil // deleted meanwhile
	}
	for _, old := range found {
		if old.id == current.id {
			continue
		}
		if err := c.minimize(ctx, old.node); err != nil {
			return Posted{}, githubapi.Explain("minimizing an older comment on "+c.at(pull), err)
		}
	}
	return Posted{URL: current.url, Superseded: current.run.newer(m.run)}, nil
}

// ours is a comment that perf-gate posted.
type ours struct {
	id   int64
	node string // its ID in GraphQL
	url  string
	run  Run
}

// comments returns perf-gate's comments with a key on a pull request, the oldest
// first. It checks the author too, because anyone can write a marker.
func (c *Client) comments(ctx context.Context, pull int, key, author string) ([]ours, error) {
	all, err := c.allComments(ctx, pull)
	if err != nil {
		return nil, err
	}
	var found []ours
	for _, comment := range all {
		m, ok := readMarker(comment.GetBody())
		if ok && m.key == key && strings.EqualFold(comment.GetUser().GetLogin(), author) {
			found = append(found, ours{comment.GetID(), comment.GetNodeID(), comment.GetHTMLURL(), m.run})
		}
	}
	return found, nil
}

func (c *Client) allComments(ctx context.Context, pull int) ([]*gh.IssueComment, error) {
	all, err := list(func(page gh.ListOptions) ([]*gh.IssueComment, *gh.Response, error) {
		options := &gh.IssueListCommentsOptions{ListOptions: page}
		return c.rest.Issues.ListComments(ctx, c.owner, c.repository, pull, options)
	})
	return all, githubapi.Explain("reading the comments on "+c.at(pull), err)
}

// newest returns the comment of the newest run, or nil. If a run has several, it
// returns the first.
func newest(found []ours) *ours {
	var latest *ours
	for i := range found {
		if latest == nil || found[i].run.newer(latest.run) {
			latest = &found[i]
		}
	}
	return latest
}
