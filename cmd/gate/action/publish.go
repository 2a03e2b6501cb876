package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// ArtifactName is the name of the artifact with the record of a workflow run.
const ArtifactName = "perf-gate"

// Publish posts the result of the run that triggered this workflow. Its record is in
// dir or, if dir is empty, in the artifact that it uploaded.
func Publish(ctx context.Context, env Environment, dir string) error {
	s, err := newStep(env)
	if err != nil {
		return err
	}
	if s.on.Name != "workflow_run" {
		return exit.Usagef("the event is %s, but publish only works on workflow_run; on other events, use gate action", s.on.Name)
	}
	return s.publish(ctx, dir)
}

// publish posts the result of the run that triggered the workflow: see [Publish].
func (s step) publish(ctx context.Context, dir string) error {
	if s.on.Conclusion == "cancelled" || s.on.Conclusion == "skipped" {
		s.notice().Noticef("run %d was %s, so there is nothing to publish", s.on.Run, s.on.Conclusion)
		return nil
	}
	cfg, _, err := s.inputs()
	if err != nil {
		return err
	}
	branch, err := openDataBranch(s)
	if err != nil {
		return err
	}
	client, err := s.client()
	if err != nil {
		return err
	}
	pull, err := client.FindPull(ctx, s.on.HeadRepo, s.on.HeadBranch, s.on.Head)
	if errors.Is(err, githubapi.ErrNotFound) {
		s.notice().Noticef("nothing is published: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	run, err := readPublished(ctx, client, s.on, dir)
	if err != nil {
		return err
	}
	cfg, stores := learnFrom(branch, cfg, s.Stores)
	verdict, err := decide.Verdict(ctx, run, decide.Earlier{Stores: stores, History: cfg.History}, cfg.Policy)
	if err != nil {
		return err
	}
	p := poster{step: s, client: client, pull: pull.Number, branch: branch}
	note := ""
	if s.on.Fork {
		note = "> [!IMPORTANT]\n> " + report.Prose(fmt.Sprintf("The workflow of the fork %s measured these figures for %.12s. Trust them as far as you trust the fork.", s.on.HeadRepo, s.on.Head))
	}
	accepted, err := p.findAcceptances(ctx, verdict)
	if err != nil {
		return err
	}
	in := decide.Input(verdict, run, "", s.Stderr)
	s.out.SetOutput("verdict", string(verdict.Status))
	s.out.SetOutput("regressions", fmt.Sprint(verdict.Counts.Regressed))
	posted := p.post(ctx, in, note, accepted)
	files, err := report.WriteDir(cfg.RunDir(time.Now()), in)
	if err != nil {
		return errors.Join(posted, fmt.Errorf("writing the report: %w", err))
	}
	s.out.SetOutput("report-path", files[0])
	return posted
}

// readPublished reads the record of a run from dir or, if dir is empty, from the
// artifact of the run.
func readPublished(ctx context.Context, client *github.Client, on event.Event, dir string) (*bench.Record, error) {
	if dir != "" {
		return decide.ReadRecord(dir)
	}
	content, err := client.Artifact(ctx, on.Run, ArtifactName, bench.RecordFile)
	if err != nil {
		return nil, err
	}
	record, err := bench.Read(bytes.NewReader(content), bench.RecordFile)
	if err != nil {
		return nil, exit.Usagef("reading the artifact %s of run %d: %w", ArtifactName, on.Run, err)
	}
	return record, nil
}
