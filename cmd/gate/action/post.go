package action

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
)

// A poster posts the result of a step on GitHub.
type poster struct {
	step
	client *github.Client
	// pull is the number of the pull request to post to, or 0 if there is none.
	pull int
	// branch keeps the charts. It is nil if nothing does.
	branch *dataBranch
}

// post posts the comment and the check run of a result. The note, in Markdown, and
// the acceptances go before the report.
func (p poster) post(ctx context.Context, in report.Input, note string, accepted acceptances) error {
	if said := accepted.note(); said != "" {
		note = strings.TrimSpace(note + "\n\n" + said)
	}
	in.Accept = github.HowToAccept
	url, err := p.postComment(ctx, in, note)
	if err != nil {
		return err
	}
	p.out.SetOutput("comment-url", url)
	return p.postCheck(ctx, in, note, accepted.all)
}

// postComment posts the report as a comment on the pull request, and returns the
// address of the comment.
func (p poster) postComment(ctx context.Context, in report.Input, note string) (string, error) {
	in.Charts = report.Diagrams
	if url, err := p.uploadCharts(ctx, in); err != nil {
		p.notice().Warningf("the charts of the comment are diagrams: %v", err)
	} else if url != nil {
		in.Charts, in.ChartURL = report.Pictures, url
	}
	body, err := markdown(in, note)
	if err != nil {
		return "", err
	}
	posted, err := p.client.PostComment(ctx, p.pull, github.Comment{Key: "default", Run: p.run(), Body: body, Whole: "the job summary"})
	return posted.URL, err
}

// postCheck posts the verdict as a check run on the commit.
func (p poster) postCheck(ctx context.Context, in report.Input, note string, accepted bool) error {
	in.Charts = report.Diagrams
	body, err := markdown(in, note)
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
	_, err = p.client.PostCheck(ctx, github.Check{
		Name: "perf-gate", Run: p.run(), Conclusion: conclusion, Title: report.Headline(in.Verdict),
		Summary: body, Whole: "the job summary",
		DetailsURL: fmt.Sprintf("%s/%s/%s/actions/runs/%d", p.on.Server, p.on.Owner, p.on.Repo, p.on.Run),
	})
	return err
}

func (p poster) run() github.Run {
	return github.Run{ID: p.on.Run, Attempt: p.on.Attempt, Head: p.on.Head}
}

// uploadCharts writes the charts to the data branch and returns a function from the
// path of a chart to its address. It returns nil if there is no branch, or if the
// repository is private: GitHub's image proxy cannot see into it.
func (p poster) uploadCharts(ctx context.Context, in report.Input) (func(path string) string, error) {
	if p.branch == nil || p.on.Private {
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
	commit, err := p.branch.Put(ctx, files, fmt.Sprintf("Charts of %.12s", p.on.Head))
	if err != nil {
		return nil, err
	}
	return func(path string) string {
		return fmt.Sprintf("%s/%s/%s/raw/%s/%s", p.on.Server, p.on.Owner, p.on.Repo, commit, branch.ChartPath(charts[path]))
	}, nil
}

// markdown returns the report in Markdown with the note before it.
func markdown(in report.Input, note string) (string, error) {
	var text bytes.Buffer
	if note != "" {
		text.WriteString(note + "\n\n")
	}
	if err := report.Write(&text, "markdown", in); err != nil {
		return "", fmt.Errorf("writing the report: %w", err)
	}
	return text.String(), nil
}
