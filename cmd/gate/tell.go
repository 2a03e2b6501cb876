package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
)

// A telling is a result on its way to GitHub.
type telling struct {
	client *github.Client
	on     event.Event
	// pull is the pull request that the result is for; 0 for none.
	pull int
	// branch keeps the charts; nil when nothing does.
	branch *dataBranch
	// note, in Markdown, goes before the report.
	note string
}

// agent is how requests to GitHub are signed.
func agent() string { return "perf-gate/" + version() }

// client returns a client for the repository of the event, by the step's token.
func (a *app) client(on event.Event) (*github.Client, error) {
	client, err := github.New(github.Options{
		API: on.API, GraphQL: a.getenv("GITHUB_GRAPHQL_URL"), Token: a.input("github-token"),
		Repository: on.Owner + "/" + on.Repo, Agent: agent(),
	})
	return client, exit.UsageError(err)
}

// post puts up the comment and the check run of a result of which something was
// accepted.
func (t telling) post(ctx context.Context, step *githubactions.Action, in report.Input, word acceptance) error {
	if note := word.note(); note != "" {
		t.note = strings.TrimSpace(t.note + "\n\n" + note)
	}
	in.Accept = github.HowToAccept
	url, err := t.comment(ctx, step, in)
	if err != nil {
		return err
	}
	step.SetOutput("comment-url", url)
	return t.check(ctx, in, word.all)
}

// comment puts the result on the pull request, and returns the address of the
// comment.
func (t telling) comment(ctx context.Context, step *githubactions.Action, in report.Input) (string, error) {
	in.Charts = report.Diagrams
	if url, err := t.charts(ctx, in); err != nil {
		notice(step).Warningf("the charts of the comment are diagrams: %v", err)
	} else if url != nil {
		in.Charts, in.ChartURL = report.Pictures, url
	}
	body, err := t.body(in)
	if err != nil {
		return "", err
	}
	posted, err := t.client.PostComment(ctx, t.pull, github.Comment{Key: "default", Run: t.run(), Body: body, Whole: "the job summary"})
	return posted.URL, err
}

// check puts the verdict on the commit.
func (t telling) check(ctx context.Context, in report.Input, accepted bool) error {
	in.Charts = report.Diagrams
	body, err := t.body(in)
	if err != nil {
		return err
	}
	conclusion := github.Neutral
	switch {
	case in.Verdict.Status == gate.Pass || accepted:
		conclusion = github.Success
	case in.Verdict.Status == gate.Fail || in.Verdict.Status == gate.Error:
		conclusion = github.Failure
	}
	_, err = t.client.PostCheck(ctx, github.Check{
		Name: "perf-gate", Run: t.run(), Conclusion: conclusion, Title: report.Headline(in.Verdict),
		Summary: body, Whole: "the job summary",
		DetailsURL: fmt.Sprintf("%s/%s/%s/actions/runs/%d", t.on.Server, t.on.Owner, t.on.Repo, t.on.Run),
	})
	return err
}

func (t telling) run() github.Run {
	return github.Run{ID: t.on.Run, Attempt: t.on.Attempt, Head: t.on.Head}
}

func (t telling) body(in report.Input) (string, error) {
	var text bytes.Buffer
	if t.note != "" {
		text.WriteString(t.note + "\n\n")
	}
	if err := report.Write(&text, "markdown", in); err != nil {
		return "", fmt.Errorf("writing the report: %w", err)
	}
	return text.String(), nil
}

// charts puts the charts on the data branch and returns where they can be seen;
// nil where they cannot, because there is no branch, or the repository is one that
// GitHub's image proxy does not see into.
func (t telling) charts(ctx context.Context, in report.Input) (func(path string) string, error) {
	if t.branch == nil || t.on.Private {
		return nil, nil
	}
	charts := report.ChartFiles(in)
	if len(charts) == 0 {
		return nil, nil
	}
	files := map[string][]byte{}
	for _, svg := range charts {
		files[branch.ChartPath(svg)] = svg
	}
	commit, err := t.branch.Put(ctx, files, fmt.Sprintf("Charts of %.12s", t.on.Head))
	if err != nil {
		return nil, err
	}
	return func(path string) string {
		return fmt.Sprintf("%s/%s/%s/raw/%s/%s", t.on.Server, t.on.Owner, t.on.Repo, commit, branch.ChartPath(charts[path]))
	}, nil
}
