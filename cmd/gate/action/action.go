// Package action does the main job as a step of GitHub Actions: it reads the
// inputs and the event, has the run measured, and tells the result on GitHub.
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

// An Environment is what a step takes from outside.
type Environment struct {
	Getenv         func(string) string // inputs, and what GitHub Actions sets
	Stdout, Stderr io.Writer
	Stores         store.Opener
	Agent          string // user agent of requests to GitHub
	// Measure measures what a configuration asks for, with a history from the
	// stores, and returns the directory of the run.
	Measure func(context.Context, config.Config, store.Opener) (dir string, err error)
}

// Run does what the event of the workflow asks for: it measures, or, on
// workflow_run, publishes what another run has measured.
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

// A step is a step of a workflow's run.
type step struct {
	Environment
	out *githubactions.Action
	on  event.Event
}

// newStep reads the event. With an error, the step can still write.
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

// measureAndPost measures, decides, and posts and keeps the result.
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
	// The first push to the default branch has nothing to be held against.
	first := cfg.HeadOnly() && branch != nil && branch.empty()
	if first && !keeps {
		return exit.Usagef("base is %s and %s has no records to hold head against: let the workflow run on a push to the default branch first", config.NoBase, branch)
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
		s.notice().Noticef("the record of %.12s is the first: there was nothing to compare it with", s.on.Head)
		return nil
	case (accepted.all || fail == "never") && in.Verdict.Status != gate.Error:
		return nil
	}
	return exit.VerdictError(in.Verdict)
}

// writeResult tells the result in the step itself: in its outputs, its summary,
// its annotations and its log.
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

// keepRecord puts the record on the data branch, and its history where that is
// wanted.
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

// postResult posts the result where the step's token may, and returns what was
// accepted of it. What cannot be posted is in the job summary.
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
		s.notice().Noticef("the pull request is from a fork, whose token can only read: the report is in the job summary, and this action on workflow_run can comment")
	case p.client != nil:
		if err := p.post(ctx, in, "", accepted); err != nil {
			s.notice().Warningf("the report is in the job summary only: %v", err)
		}
	}
	return accepted
}

// client returns a client for the repository of the event, by the step's token.
func (s step) client() (*github.Client, error) {
	client, err := github.New(github.Options{
		API: s.on.API, GraphQL: s.Getenv("GITHUB_GRAPHQL_URL"), Token: s.input("github-token"),
		Repository: s.on.Owner + "/" + s.on.Repo, Agent: s.Agent,
	})
	return client, exit.UsageError(err)
}

// notice returns what annotates the workflow run as a whole.
func (s step) notice() *githubactions.Action {
	return s.out.WithFieldsMap(map[string]string{"title": "perf-gate"})
}

// maxSummary is how much GitHub shows of a step's summary.
const maxSummary = 1 << 20

// writeSummary writes the job summary, which is complete by itself.
func (s step) writeSummary(in report.Input) error {
	in.Charts = report.Diagrams // a summary cannot show files
	var text bytes.Buffer
	if err := report.Write(&text, "markdown", in); err != nil {
		return fmt.Errorf("writing the job summary: %w", err)
	}
	s.out.AddStepSummary(github.Fit(text.String(), maxSummary, "report.md"))
	return nil
}

// maxAnnotations is how many of a kind GitHub shows of a step.
const maxAnnotations = 10

// annotate annotates the regressions and the warnings.
func (s step) annotate(v *gate.Verdict) {
	shown := 0
	for _, c := range v.Regressions() {
		if shown++; shown > maxAnnotations {
			break
		}
		s.out.WithFieldsMap(map[string]string{"title": "perf-gate: " + c.Metric + " regressed"}).Errorf("%s", report.Line(c))
	}
	for i, w := range v.Warnings {
		if i == maxAnnotations {
			break
		}
		s.notice().Warningf("%s", w)
	}
}
