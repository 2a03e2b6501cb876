package screenshot

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
	"github.com/kro/perf-gate/testdata"
)

// A document is a page or a comment that people read.
type document struct {
	name string
	// markdown is Markdown that GitHub shows. It is empty for report.html.
	markdown string
	// summary is set if GitHub shows it on the page of a run, and not as a comment.
	summary bool
	// unfolded is set if all details are open.
	unfolded bool
	// until selects the last element in a screenshot for the README. If empty, the
	// screenshot shows everything.
	until  string
	html   []byte
	charts map[string][]byte // by path in the document
}

// documents returns all documents to look at.
func documents(t *testing.T) []document {
	t.Helper()
	extra := input(testdata.Load(t, "extra-get"))
	failing := comment(t, extra, report.Pictures)
	list := []document{
		{name: "failing", markdown: failing, charts: report.ChartFiles(extra)},
		{name: "failing-unfolded", markdown: failing, charts: report.ChartFiles(extra), unfolded: true},
		{name: "failing-mermaid", markdown: comment(t, extra, report.Diagrams)},
		{name: "failing-summary", markdown: markdown(t, extra, report.Diagrams), summary: true, unfolded: true},
		{name: "failing-cut", markdown: github.Fit(failing, len(failing)/2, "the job summary"), charts: report.ChartFiles(extra), unfolded: true},
		{name: "readme", markdown: failing, charts: report.ChartFiles(extra), until: "picture:nth-of-type(2)"},
		{name: "failing-html", html: page(t, extra)},
	}
	for _, name := range []string{"unchanged", "release", "busy-loop", "short", "old", "crash"} {
		in := input(testdata.Load(t, name))
		list = append(list,
			document{name: name, markdown: comment(t, in, report.Pictures), charts: report.ChartFiles(in)},
			document{name: name + "-html", html: page(t, in)})
	}
	hostile := input(testdata.Hostile(t))
	list = append(list,
		document{name: "hostile", markdown: comment(t, hostile, report.Pictures), charts: report.ChartFiles(hostile), unfolded: true},
		document{name: "hostile-html", html: page(t, hostile)},
		// Both what regressed and what improved.
		document{name: "release-mermaid", markdown: comment(t, input(testdata.Load(t, "release")), report.Diagrams)})
	return list
}

// input is what the report of a run is made of.
func input(r testdata.Run) report.Input {
	return report.Input{Verdict: r.Verdict, Record: r.Record, Pprof: (*report.Pprof)(r.Pprof), Advice: r.Advice}
}

func markdown(t *testing.T, in report.Input, charts report.ChartStyle) string {
	t.Helper()
	in.Charts = charts
	var b strings.Builder
	if err := report.Write(&b, "markdown", in); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// comment returns the body of the comment on a pull request.
func comment(t *testing.T, in report.Input, charts report.ChartStyle) string {
	t.Helper()
	in.Accept = github.HowToAccept
	server := githubtest.New(t)
	server.Token("secret", "github-actions[bot]", "contents: read", "pull-requests: write")
	repo := server.Repo("kro/kro")
	repo.Branch("feature", "main")
	head := repo.Commit("feature", map[string]string{"a": "1"}, "a feature")
	repo.Pull(githubtest.Pull{Number: 7, Author: "alice", Head: head, Branch: "feature"})
	client, err := github.New(github.Options{API: server.URL, GraphQL: server.GraphQL, Token: "secret", Repository: "kro/kro"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.PostComment(context.Background(), 7, github.Comment{
		Key: "default", Run: github.Run{ID: 1, Attempt: 1, Head: head}, Body: markdown(t, in, charts), Whole: "the job summary",
	}); err != nil {
		t.Fatal(err)
	}
	return repo.Comments(7)[0].Body
}

// page returns report.html.
func page(t *testing.T, in report.Input) []byte {
	t.Helper()
	dir := t.TempDir()
	if _, err := report.WriteDir(dir, in); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	return content
}
