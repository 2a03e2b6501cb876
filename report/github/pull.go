package github

import (
	"context"
	"fmt"
	"strings"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// A Pull describes a pull request.
type Pull struct {
	Number int
	Author string
	Open   bool
	Labels []string

	Head       string // commit
	HeadBranch string
	HeadRepo   string // owner/name; empty if the fork was deleted
	Fork       bool   // the head is not in the base repository

	Base          string // commit of the base branch when the pull request was last updated
	BaseBranch    string
	DefaultBranch string // of the base repository
}

// Pull returns a pull request.
func (c *Client) Pull(ctx context.Context, number int) (Pull, error) {
	p, _, err := c.rest.PullRequests.Get(ctx, c.owner, c.repository, number)
	if err != nil {
		return Pull{}, githubapi.Explain("reading "+c.at(number), err)
	}
	return pullOf(p), nil
}

func pullOf(p *gh.PullRequest) Pull {
	head, base := p.GetHead(), p.GetBase()
	pull := Pull{
		Number: p.GetNumber(), Author: p.GetUser().GetLogin(), Open: p.GetState() == "open",
		Head: head.GetSHA(), HeadBranch: head.GetRef(), HeadRepo: head.GetRepo().GetFullName(),
		Base: base.GetSHA(), BaseBranch: base.GetRef(), DefaultBranch: base.GetRepo().GetDefaultBranch(),
	}
	pull.Fork = !strings.EqualFold(pull.HeadRepo, base.GetRepo().GetFullName())
	for _, l := range p.Labels {
		pull.Labels = append(pull.Labels, l.GetName())
	}
	return pull
}

// head returns the current head commit of a pull request.
func (c *Client) head(ctx context.Context, number int) (string, error) {
	p, err := c.Pull(ctx, number)
	return p.Head, err
}

// FindPull returns the open pull request with the given head: the repository, the
// branch and the commit of a workflow run. It returns an [githubapi.ErrNotFound]
// if there is none, or if it has moved to another commit.
func (c *Client) FindPull(ctx context.Context, repo, branch, commit string) (Pull, error) {
	doing := fmt.Sprintf("looking for the pull request of %s at %.12s", repo, commit)
	owner, _, ok := strings.Cut(repo, "/")
	if !ok {
		return Pull{}, fmt.Errorf("%s: %q is not a GitHub repository: use owner/name", doing, repo)
	}
	all, err := list(func(page gh.ListOptions) ([]*gh.PullRequest, *gh.Response, error) {
		return c.rest.PullRequests.List(ctx, c.owner, c.repository, &gh.PullRequestListOptions{
			State: "open", Head: owner + ":" + branch, ListOptions: page,
		})
	})
	if err != nil {
		return Pull{}, githubapi.Explain(doing, err)
	}
	moved := 0
	for _, p := range all {
		pull := pullOf(p)
		switch {
		case !strings.EqualFold(pull.HeadRepo, repo): // one owner may have several forks
		case pull.Head != commit:
			moved = pull.Number
		default:
			return pull, nil
		}
	}
	e := &githubapi.Error{Doing: doing, Reason: "no open pull request has this head", Kind: githubapi.ErrNotFound}
	if moved != 0 {
		e.Reason = fmt.Sprintf("%s has new commits since then", c.at(moved))
	}
	return Pull{}, e
}

// MergedAs returns the number of the pull request that was merged as a commit, or
// 0 if the commit was pushed directly.
func (c *Client) MergedAs(ctx context.Context, commit string) (int, error) {
	all, err := list(func(page gh.ListOptions) ([]*gh.PullRequest, *gh.Response, error) {
		return c.rest.PullRequests.ListPullRequestsWithCommit(ctx, c.owner, c.repository, commit, &page)
	})
	if err != nil {
		return 0, githubapi.Explain(fmt.Sprintf("looking for the pull request that was merged as %.12s", commit), err)
	}
	for _, p := range all {
		if p.MergedAt != nil && p.GetMergeCommitSHA() == commit {
			return p.GetNumber(), nil
		}
	}
	return 0, nil
}

// MergeBase returns the newest common ancestor of two commits, which a shallow
// checkout does not know.
func (c *Client) MergeBase(ctx context.Context, base, head string) (string, error) {
	comparison, _, err := c.rest.Repositories.CompareCommits(ctx, c.owner, c.repository, base, head, &gh.ListOptions{PerPage: 1})
	if err != nil {
		return "", githubapi.Explain(fmt.Sprintf("looking for the merge base of %.12s and %.12s", base, head), err)
	}
	return comparison.GetMergeBaseCommit().GetSHA(), nil
}
