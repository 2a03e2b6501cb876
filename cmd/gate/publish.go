package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/sethvargo/go-githubactions"
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// artifactName is the artifact in which a workflow's run uploads its record.
const artifactName = "perf-gate"

func newPublishCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "publish [DIR]",
		Short: "Put the result of another workflow's run on its pull request",
		Long: `Publish is for a workflow that workflow_run starts after the one that measured: a
fork's token can only read, so what it measured is published by one that may
write. It takes nothing on trust. The record, from the artifact perf-gate that the
run has uploaded or out of DIR, is read strictly and within bounds; the verdict is
made anew, by the policy of this repository; the pull request and the commit are
what GitHub says the run was of, never what the record says. No code of the pull
request is run. A pull request that was closed or pushed to meanwhile is left alone.`,
		Example: `  gate publish
  gate publish artifact/`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			step := githubactions.New(githubactions.WithWriter(a.stdout), githubactions.WithGetenv(a.getenv))
			on, err := a.event()
			if err != nil {
				return err
			}
			if on.Name != "workflow_run" {
				return exit.Usagef("the event is %s: publish after a run that workflow_run tells of; elsewhere the action itself does", on.Name)
			}
			dir := ""
			if len(args) > 0 {
				dir = args[0]
			}
			return a.publish(cmd.Context(), step, on, dir)
		},
	}
}

// publish posts what the run that the event tells of has measured: the record in
// dir, or the one that it has uploaded.
func (a *app) publish(ctx context.Context, step *githubactions.Action, on event.Event, dir string) error {
	if on.Conclusion == "cancelled" || on.Conclusion == "skipped" {
		notice(step).Noticef("the run %d was %s: there is nothing to publish", on.Run, on.Conclusion)
		return nil
	}
	cfg, _, err := a.inputs(on)
	if err != nil {
		return err
	}
	branch, err := a.dataBranch(step, on, &cfg)
	if err != nil {
		return err
	}
	client, err := a.client(on)
	if err != nil {
		return err
	}
	pull, err := client.FindPull(ctx, on.HeadRepo, on.HeadBranch, on.Head)
	if errors.Is(err, githubapi.ErrNotFound) {
		notice(step).Noticef("nothing is published: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	record, err := published(ctx, client, on, dir)
	if err != nil {
		return err
	}
	verdict, err := a.decided(ctx, cfg, record)
	if err != nil {
		return err
	}
	t := telling{client: client, on: on, pull: pull.Number, branch: branch}
	if on.Fork {
		t.note = "> [!IMPORTANT]\n> " + report.Prose(fmt.Sprintf("Measured by the fork %s itself: what it says of %.12s is as true as the fork is.", on.HeadRepo, on.Head))
	}
	word, err := t.accepted(ctx, verdict)
	if err != nil {
		return err
	}
	if err := t.post(ctx, step, a.reported(verdict, record, ""), word); err != nil {
		return err
	}
	step.SetOutput("verdict", string(verdict.Status))
	step.SetOutput("regressions", fmt.Sprint(verdict.Counts.Regressed))
	return nil
}

// published reads the record that a run has left, in dir or in its artifact.
func published(ctx context.Context, client *github.Client, on event.Event, dir string) (*bench.Record, error) {
	if dir != "" {
		return readRecord(dir)
	}
	content, err := client.Artifact(ctx, on.Run, artifactName, bench.RecordFile)
	if err != nil {
		return nil, err
	}
	record, err := bench.Read(bytes.NewReader(content), bench.RecordFile)
	if err != nil {
		return nil, exit.Usagef("the artifact %s of the run %d: %w", artifactName, on.Run, err)
	}
	return record, nil
}
