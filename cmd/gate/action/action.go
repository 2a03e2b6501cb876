// Package action is the step of GitHub Actions. It reads the inputs and the event, has
// the run measured, and posts the result on GitHub.
package action

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/pages"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
)

// An Environment connects a step to the outside.
type Environment struct {
	Getenv         func(string) string // inputs and the variables of GitHub Actions
	Stdout, Stderr io.Writer
	Stores         store.Opener
	Agent          string // user agent of requests to GitHub
	// Measure carries out the run that a configuration asks for, and returns its
	// directory. It opens the history from the given stores.
	Measure func(context.Context, config.Config, store.Opener) (dir string, err error)
}

// Run measures and posts the result. On workflow_run, it publishes the result of
// another run instead.
func Run(ctx context.Context, env Environment) error {
	s, err := newStep(env)
	if err == nil {
		err = s.run(ctx)
	}
	if err != nil && exit.Code(err) != exit.Fail {
		s.notice().Errorf("%v", err)
	}
	return err
}

// A step is a step of a workflow run.
type step struct {
	Environment
	out *githubactions.Action
	on  event.Event
}

// newStep reads the event. Even with an error, it returns a step that can write
// annotations.
func newStep(env Environment) (step, error) {
	out := githubactions.New(githubactions.WithWriter(env.Stdout), githubactions.WithGetenv(env.Getenv))
	on, err := readEvent(env.Getenv)
	return step{env, out, on}, err
}

func (s step) run(ctx context.Context) error {
	if s.on.Name == "workflow_run" {
		return s.publish(ctx, "")
	}
	return s.measureAndPost(ctx)
}

// measureAndPost measures and decides, and writes, posts and keeps the result.
func (s step) measureAndPost(ctx context.Context) error {
	cfg, fail, err := s.inputs()
	if err != nil {
		return err
	}
	branch, err := openDataBranch(s)
	if err != nil {
		return err
	}
	cfg, stores := learnFrom(branch, cfg, s.Stores)
	keeps := branch != nil && s.on.Default
	s.out.Group("Measure")
	dir, err := s.Measure(ctx, cfg, stores)
	s.out.EndGroup()
	if err != nil {
		return err
	}
	in, files, err := decide.WriteReport(ctx, dir, decide.Earlier{Stores: stores, History: cfg.History}, cfg.Policy, s.Stderr)
	if err != nil {
		return err
	}
	// There is nothing to compare the first push to the default branch with.
	first := cfg.HeadOnly() && branch != nil && branch.empty()
	if first && !keeps {
		return exit.Usagef("base is %s, and %s has no records to compare head with: let the workflow run on a push to the default branch first", config.NoBase, branch)
	}
	if err := s.writeResult(in); err != nil {
		return err
	}
	s.out.SetOutput("report-path", files[0])
	s.out.SetOutput("record-path", filepath.Join(dir, bench.RecordFile))
	accepted := s.postResult(ctx, branch, in)
	if keeps {
		in.Record.Header.Accepted = accepted.kept()
		if err := s.keepRecord(ctx, branch, in.Record, cfg.Policy); err != nil {
			return err
		}
	}
	switch {
	case first:
		s.notice().Noticef("this is the first record, of %.12s: there was nothing to compare it with", s.on.Head)
		return nil
	case (accepted.all || fail == "never") && in.Verdict.Status != gate.Error:
		return nil
	}
	return exit.VerdictError(in.Verdict)
}

// writeResult writes the result to the outputs, the summary, the annotations and the
// log of the step.
func (s step) writeResult(in report.Input) error {
	s.out.SetOutput("verdict", string(in.Verdict.Status))
	s.out.SetOutput("regressions", strconv.Itoa(in.Verdict.Counts.Regressed))
	if s.on.Number != 0 {
		in.Accept = github.HowToAccept
	}
	if err := s.writeSummary(in); err != nil {
		return err
	}
	s.annotate(in.Verdict)
	if err := report.Write(s.Stdout, "text", in); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	return nil
}

// keepRecord writes the record to the data branch, and the history pages if the step
// asks for them.
func (s step) keepRecord(ctx context.Context, branch *dataBranch, run *bench.Record, policy gate.Policy) error {
	if _, err := branch.Update(ctx, run, s.on.Head); err != nil || s.input("pages") != "true" {
		return err
	}
	repository := s.on.Server + "/" + branch.Repository()
	if _, err := pages.Publish(ctx, branch.Branch, pages.Options{Policy: policy, Repository: repository, Warnings: s.Stderr}); err != nil {
		return fmt.Errorf("writing the history pages: %w", err)
	}
	return nil
}

// postResult posts the result if the step's token can, and returns the acceptances of
// its regressions. The job summary has the result in any case.
func (s step) postResult(ctx context.Context, branch *dataBranch, in report.Input) (accepted acceptances) {
	if s.on.Number == 0 && !s.on.Default {
		return accepted
	}
	p := poster{step: s, pull: s.on.Number, branch: branch}
	var err error
	if p.client, err = s.client(); err == nil && s.on.Default {
		p.pull, err = p.client.MergedAs(ctx, s.on.Head)
	}
	if err == nil {
		accepted, err = p.findAcceptances(ctx, in.Verdict)
	}
	if err != nil {
		s.notice().Warningf("whether a regression was accepted is not known: %v", err)
	}
	switch {
	case s.on.Number == 0 || s.on.Name == "merge_group" || s.input("comment") != "true":
	case s.on.Fork:
		s.notice().Noticef("the pull request is from a fork, whose token can only read: see the report in the job summary; to get a comment, run this action on workflow_run")
	case p.client != nil:
		if err := p.post(ctx, in, "", accepted); err != nil {
			s.notice().Warningf("the report is in the job summary only: %v", err)
		}
	}
	return accepted
}

// client returns a client for the repository of the event with the step's token.
func (s step) client() (*github.Client, error) {
	client, err := github.New(github.Options{
		API: s.on.API, GraphQL: s.Getenv("GITHUB_GRAPHQL_URL"), Token: s.input("github-token"),
		Repository: s.on.Owner + "/" + s.on.Repo, Agent: s.Agent,
	})
	return client, exit.UsageError(err)
}

// notice returns an action whose annotations are about the workflow run as a whole.
func (s step) notice() *githubactions.Action {
	return s.out.WithFieldsMap(map[string]string{"title": "perf-gate"})
}

// maxSummary is the size up to which GitHub shows a step's summary.
const maxSummary = 1 << 20

// writeSummary writes the whole report to the job summary.
func (s step) writeSummary(in report.Input) error {
	in.Charts = report.Diagrams // a summary cannot show files
	var text bytes.Buffer
	if err := report.Write(&text, "markdown", in); err != nil {
		return fmt.Errorf("writing the job summary: %w", err)
	}
	s.out.AddStepSummary(github.Fit(text.String(), maxSummary, "report.md"))
	return nil
}

// maxAnnotations is the number of annotations of a kind that GitHub shows for a step.
const maxAnnotations = 10

// annotate writes an annotation for each regression and warning.
func (s step) annotate(v *gate.Verdict) {
	shown := 0
	for _, c := range v.Regressions() {
		if shown++; shown > maxAnnotations {
			break
		}
		s.out.WithFieldsMap(map[string]string{"title": "perf-gate: " + c.Subject() + " regressed"}).Errorf("%s", report.Line(c))
	}
	for i, w := range v.Warnings {
		if i == maxAnnotations {
			break
		}
		s.notice().Warningf("%s", w)
	}
}
