package main

import (
	"context"
	"fmt"

	"github.com/sethvargo/go-githubactions"
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

func newPublishCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "publish DIR",
		Short: "Put the result of another workflow's run on its pull request",
		Long: `Publish is for a workflow that workflow_run starts after the one that measured: a
fork's token can only read, so what it measured is published by one that may
write. It takes nothing on trust. The record in DIR, which the run has uploaded,
is read strictly and within bounds; the verdict is made anew, by the policy of
this repository; the pull request and the commit are what GitHub says the run was
of, never what the record says. No code of the pull request is run.`,
		Example: `  gate publish artifact/`,
		Args:    oneArg("DIR", "the directory of the run that was uploaded"),
		RunE: func(cmd *cobra.Command, args []string) error {
			step := githubactions.New(githubactions.WithWriter(a.stdout), githubactions.WithGetenv(a.getenv))
			return a.publish(cmd.Context(), step, args[0])
		},
	}
}

func (a *app) publish(ctx context.Context, step *githubactions.Action, dir string) error {
	on, err := a.event()
	if err != nil {
		return err
	}
	if on.Name != "workflow_run" {
		return usageErrorf("the event is %s: publish after a run that workflow_run tells of; elsewhere the action itself does", on.Name)
	}
	client, err := a.client(on)
	if err != nil {
		return err
	}
	pull, err := client.FindPull(ctx, on.HeadRepo, on.HeadBranch, on.Head)
	if err != nil {
		return err
	}
	record, err := readRecord(dir)
	if err != nil {
		return err
	}
	a.configFile = a.input("config")
	cfg := defaultConfig()
	if _, err := a.readConfigFile(&cfg); err != nil {
		return err
	}
	verdict, err := gate.Decide(record, cfg.Policy)
	if err != nil {
		return err
	}
	branch, err := a.dataBranch(on)
	if err != nil {
		return err
	}
	t := telling{client: client, on: on, pull: pull.Number, branch: branch}
	if on.Fork {
		t.note = "> [!IMPORTANT]\n> " + report.Prose(fmt.Sprintf("Measured by the fork %s itself: what it says of %.12s is as true as the fork is.", on.HeadRepo, on.Head))
	}
	if _, err := t.speak(ctx, step, a.reported(verdict, record, "")); err != nil {
		return err
	}
	step.SetOutput("verdict", string(verdict.Status))
	return nil
}
