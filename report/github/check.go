package github

import (
	"context"
	"fmt"

	gh "github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/report/github/githubapi"
)

// maxSummary is GitHub's limit for the summary of a check run, in characters.
const maxSummary = 65535

// A Conclusion is the result of a check run.
type Conclusion string

const (
	Success Conclusion = "success"
	Failure Conclusion = "failure"
	Neutral Conclusion = "neutral" // undecided
)

// A Check is a check run that shows the verdict on a commit.
type Check struct {
	Name       string // "perf-gate"; branch protection can require it
	Run        Run    // Run.Head is the commit
	Conclusion Conclusion
	Title      string // one line
	// Summary is Markdown. [Fit] shortens it to GitHub's limit.
	Summary    string
	Whole      string // where the full summary is, in case it is shortened
	DetailsURL string // of the workflow run; may be empty
}

// PostCheck posts a check run on the commit that was measured and returns its
// URL. A workflow run has one check run: posting again updates it.
func (c *Client) PostCheck(ctx context.Context, check Check) (url string, err error) {
	if err := (marker{"check", check.Run}).check(); err != nil {
		return "", err
	}
	err = c.retryLost(ctx, func() error {
		url, err = c.postCheckOnce(ctx, check)
		return err
	})
	return url, err
}

// postCheckOnce makes one attempt at posting a check run.
func (c *Client) postCheckOnce(ctx context.Context, check Check) (string, error) {
	doing := fmt.Sprintf("posting the check run %q on %.12s", check.Name, check.Run.Head)
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
	return created.GetHTMLURL(), explainCreation(doing, err)
}
