package github

import (
	"context"
	"strings"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// MaxComment is GitHub's limit of a comment's body, in characters. Bodies are
// held below it in bytes, of which there are at least as many.
const MaxComment = 65536

// Comment is the one comment that stands for the result of a pull request.
type Comment struct {
	// Key holds apart results that stand side by side, such as those of two
	// configurations: "default".
	Key string
	Run Run
	// Body is Markdown. What exceeds GitHub's limit is cut by [Fit].
	Body string
	// Whole says where the whole of the body is, for when it is cut: "the job
	// summary".
	Whole string
}

// Posted says what became of a comment.
type Posted struct {
	URL string // of the comment that stands now
	// Superseded says that it is a newer run's, so that nothing was posted.
	Superseded bool
}

// Comment posts the result on a pull request, in place of that of an older run.
// Other comments of the same key and author are folded.
//
// GitHub has no way to change a comment only if nobody else did, so that an
// older run that reads, then a newer one that writes, then the older one that
// writes, would undo the newer. Therefore a comment is changed only by a run of
// the pull request's present head, of which an older run has another, and made
// anew by any other; and what is newest in the end is what stands.
func (c *Client) Comment(ctx context.Context, pull int, comment Comment) (Posted, error) {
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
	err = c.untilTold(ctx, func() error {
		posted, err = c.post(ctx, pull, m, author, body)
		return err
	})
	return posted, err
}

func (c *Client) post(ctx context.Context, pull int, m marker, author, body string) (Posted, error) {
	found, err := c.comments(ctx, pull, m.key, author)
	if err != nil {
		return Posted{}, err
	}
	current := newest(found)
	if current != nil && current.run.newer(m.run) {
		return c.settle(ctx, pull, m, author)
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
		err = making(doing, err)
	}
	if err != nil {
		return Posted{}, err
	}
	return c.settle(ctx, pull, m, author)
}

// settle folds all comments but the newest, and says which that is.
func (c *Client) settle(ctx context.Context, pull int, m marker, author string) (Posted, error) {
	found, err := c.comments(ctx, pull, m.key, author)
	if err != nil {
		return Posted{}, err
	}
	stands := newest(found)
	if stands == nil {
		return Posted{}, nil // deleted meanwhile
	}
	for _, old := range found {
		if old.id == stands.id {
			continue
		}
		if err := c.fold(ctx, old.node); err != nil {
			return Posted{}, githubapi.Explain("folding an older comment on "+c.at(pull), err)
		}
	}
	return Posted{URL: stands.url, Superseded: stands.run.newer(m.run)}, nil
}

// ours is a comment that this tool made.
type ours struct {
	id   int64
	node string // its ID in GraphQL
	url  string
	run  Run
}

// comments returns those of a key on a pull request, the oldest first. Only the
// author's count: anyone can write a marker.
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

// newest returns the comment of the latest run, of two the first, nil for none.
func newest(found []ours) *ours {
	var latest *ours
	for i := range found {
		if latest == nil || found[i].run.newer(latest.run) {
			latest = &found[i]
		}
	}
	return latest
}
