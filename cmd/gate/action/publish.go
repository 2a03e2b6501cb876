package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// ArtifactName is the artifact in which a workflow's run uploads its record.
const ArtifactName = "perf-gate"

// Publish posts what the run that the event tells of has measured: the record in
// dir, or, where dir is empty, the one that it has uploaded.
func Publish(ctx context.Context, env Environment, dir string) error {
	s, err := newStep(env)
	if err != nil {
		return err
	}
	if s.on.Name != "workflow_run" {
		return exit.Usagef("the event is %s: publish after a run that workflow_run tells of; elsewhere the action itself does", s.on.Name)
	}
	return s.publish(ctx, dir)
}

// publish posts what the run that the event tells of has measured: the record in
// dir, or the one that it has uploaded.
func (s step) publish(ctx context.Context, dir string) error {
	if s.on.Conclusion == "cancelled" || s.on.Conclusion == "skipped" {
		s.notice().Noticef("the run %d was %s: there is nothing to publish", s.on.Run, s.on.Conclusion)
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
		note = "> [!IMPORTANT]\n> " + report.Prose(fmt.Sprintf("Measured by the fork %s itself: what it says of %.12s is as true as the fork is.", s.on.HeadRepo, s.on.Head))
	}
	accepted, err := p.findAcceptances(ctx, verdict)
	if err != nil {
		return err
	}
	if err := p.post(ctx, decide.Input(verdict, run, "", s.Stderr), note, accepted); err != nil {
		return err
	}
	s.out.SetOutput("verdict", string(verdict.Status))
	s.out.SetOutput("regressions", fmt.Sprint(verdict.Counts.Regressed))
	return nil
}

// readPublished reads the record that a run has left, in dir or in its artifact.
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
		return nil, exit.Usagef("the artifact %s of the run %d: %w", ArtifactName, on.Run, err)
	}
	return record, nil
}
