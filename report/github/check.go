package github

import (
	"context"
	"fmt"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// maxSummary is GitHub's limit of a check run's summary, in characters.
const maxSummary = 65535

// Conclusion is what a check run says of its commit.
type Conclusion string

const (
	Success Conclusion = "success"
	Failure Conclusion = "failure"
	Neutral Conclusion = "neutral" // nothing was decided
)

// Check is the verdict on a commit, as a check run shows it.
type Check struct {
	Name       string // "perf-gate"; what branch protection can require
	Run        Run    // its head is the commit
	Conclusion Conclusion
	Title      string // one line
	// Summary is Markdown. What exceeds GitHub's limit is cut by [Fit].
	Summary    string
	Whole      string // where the whole of the summary is, for when it is cut
	DetailsURL string // of the workflow's run; may be empty
}

// Check puts a check run on the commit that was measured, and returns its URL.
// The same run of a workflow has one: what it says again, it says in place.
func (c *Client) Check(ctx context.Context, check Check) (url string, err error) {
	if err := (marker{"check", check.Run}).check(); err != nil {
		return "", err
	}
	err = c.untilTold(ctx, func() error {
		url, err = c.check(ctx, check)
		return err
	})
	return url, err
}

func (c *Client) check(ctx context.Context, check Check) (string, error) {
	doing := fmt.Sprintf("putting the check run %q on %.12s", check.Name, check.Run.Head)
	id := fmt.Sprintf("perf-gate/%d/%d", check.Run.ID, check.Run.Attempt)
	all, err := list(func(page gh.ListOptions) ([]*gh.CheckRun, *gh.Response, error) {
		found, response, err := c.rest.Checks.ListCheckRunsForRef(ctx, c.owner, c.repository, check.Run.Head,
			&gh.ListCheckRunsOptions{CheckName: &check.Name, ListOptions: page})
		if err != nil {
			return nil, response, err
		}
		return found.CheckRuns, response, nil
	})
	if err != nil {
		return "", githubapi.Explain(doing, err)
	}
	status, conclusion := "completed", string(check.Conclusion)
	summary := Fit(check.Summary, maxSummary, check.Whole)
	output := &gh.CheckRunOutput{Title: &check.Title, Summary: &summary}
	var details *string
	if check.DetailsURL != "" {
		details = &check.DetailsURL
	}
	for _, run := range all {
		if run.GetExternalID() == id {
			updated, _, err := c.rest.Checks.UpdateCheckRun(ctx, c.owner, c.repository, run.GetID(), gh.UpdateCheckRunOptions{
				Name: check.Name, ExternalID: &id, DetailsURL: details,
				Status: &status, Conclusion: &conclusion, Output: output,
			})
			return updated.GetHTMLURL(), githubapi.Explain(doing, err)
		}
	}
	created, _, err := c.rest.Checks.CreateCheckRun(ctx, c.owner, c.repository, gh.CreateCheckRunOptions{
		Name: check.Name, HeadSHA: check.Run.Head, ExternalID: &id, DetailsURL: details,
		Status: &status, Conclusion: &conclusion, Output: output,
	})
	return created.GetHTMLURL(), making(doing, err)
}
