package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"
	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/event"
)

func newActionCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "action",
		Short: "Do the main job as a step of GitHub Actions",
		Long: `Action is what action.yml runs. It takes its inputs from the environment, as
INPUT_*, and what it is run for from the event of the workflow: in a pull request
head is the pull request and base where it left its target branch; elsewhere head
is the commit of the run and base the commit before it. After another workflow's
run, on workflow_run, it measures nothing and publishes what that run has measured:
see gate publish.

It writes the verdict to the log, as annotations, to the job summary and to the
step's outputs, and the report to the directory of the run.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.action(cmd.Context()) },
	}
}

// failOn are the verdicts that an action can fail on.
var failOn = []string{"regression", "inconclusive", "never"}

func (a *app) action(ctx context.Context) error {
	step := githubactions.New(githubactions.WithWriter(a.stdout), githubactions.WithGetenv(a.getenv))
	err := a.act(ctx, step)
	if coded := exit.Code(err); err != nil && coded != exit.Fail {
		notice(step).Errorf("%v", err)
	}
	return err
}

func (a *app) act(ctx context.Context, step *githubactions.Action) error {
	on, err := a.event()
	if err != nil {
		return err
	}
	if on.Name == "workflow_run" {
		return a.publish(ctx, step, on, "")
	}
	cfg, fail, err := a.inputs(on)
	if err != nil {
		return err
	}
	branch, err := a.dataBranch(step, on, &cfg)
	if err != nil {
		return err
	}
	keeps := branch != nil && on.Default
	step.Group("Measure")
	dir, err := a.benchmark(ctx, cfg, func(plan bench.Plan) error { return gate.Feasible(plan, cfg.Policy) })
	step.EndGroup()
	if err != nil {
		return err
	}
	in, files, err := a.judged(ctx, cfg, dir)
	if err != nil {
		return err
	}
	// The first push to the default branch has nothing to be held against.
	first := cfg.HeadOnly() && branch != nil && branch.empty()
	if first && !keeps {
		return exit.Usagef("base is %s and %s has no records to hold head against: let the workflow run on a push to the default branch first", config.NoBase, branch)
	}
	if err := a.show(step, on, in); err != nil {
		return err
	}
	step.SetOutput("report-path", files[0])
	step.SetOutput("record-path", filepath.Join(dir, bench.RecordFile))
	word := a.told(ctx, step, on, branch, in)
	if keeps {
		in.Record.Header.Accepted = word.record()
		if err := a.keep(ctx, branch, in.Record, on, cfg); err != nil {
			return err
		}
	}
	switch {
	case first:
		notice(step).Noticef("the record of %.12s is the first: there was nothing to compare it with", on.Head)
		return nil
	case (word.all || fail == "never") && in.Verdict.Status != gate.Error:
		return nil
	}
	return exit.VerdictError(in.Verdict)
}

// show tells the result in the step itself: in its outputs, its summary, its
// annotations and its log.
func (a *app) show(step *githubactions.Action, on event.Event, in report.Input) error {
	step.SetOutput("verdict", string(in.Verdict.Status))
	step.SetOutput("regressions", strconv.Itoa(in.Verdict.Counts.Regressed))
	if on.Number != 0 {
		in.Accept = github.HowToAccept
	}
	if err := summarize(step, in); err != nil {
		return err
	}
	annotate(step, in.Verdict)
	if err := report.Write(a.stdout, "text", in); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	return nil
}

// keep puts the record on the data branch, and its history where that is wanted.
func (a *app) keep(ctx context.Context, branch *dataBranch, run *bench.Record, on event.Event, cfg config.Config) error {
	if _, err := branch.Update(ctx, run, on.Head); err != nil || a.input("pages") != "true" {
		return err
	}
	if _, err := a.publishPages(ctx, branch.Branch, cfg.Policy, on.Server+"/"+branch.Repository()); err != nil {
		return fmt.Errorf("writing the history pages: %w", err)
	}
	return nil
}

// told posts the result where the step's token may, and returns what was accepted
// of it. What cannot be posted is in the job summary.
func (a *app) told(ctx context.Context, step *githubactions.Action, on event.Event, branch *dataBranch, in report.Input) (word acceptance) {
	if on.Number == 0 && !on.Default {
		return word
	}
	t := telling{on: on, pull: on.Number, branch: branch}
	var err error
	if t.client, err = a.client(on); err == nil && on.Default {
		t.pull, err = t.client.MergedAs(ctx, on.Head)
	}
	if err == nil {
		word, err = t.accepted(ctx, in.Verdict)
	}
	if err != nil {
		notice(step).Warningf("whether a regression was accepted is not known: %v", err)
	}
	switch {
	case on.Number == 0 || on.Name == "merge_group" || a.input("comment") != "true":
	case on.Fork:
		notice(step).Noticef("the pull request is from a fork, whose token can only read: the report is in the job summary, and this action on workflow_run can comment")
	case t.client != nil:
		if err := t.post(ctx, step, in, word); err != nil {
			notice(step).Warningf("the report is in the job summary only: %v", err)
		}
	}
	return word
}

// notice returns what annotates the workflow run as a whole.
func notice(step *githubactions.Action) *githubactions.Action {
	return step.WithFieldsMap(map[string]string{"title": "perf-gate"})
}

// event is what the workflow run was started by.
func (a *app) event() (event.Event, error) {
	path := a.getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return event.Event{}, exit.Usagef("GITHUB_EVENT_PATH is not set: this command is a step of GitHub Actions")
	}
	payload, err := os.ReadFile(path)
	if err != nil {
		return event.Event{}, exit.Usagef("reading the event that started the workflow, GITHUB_EVENT_PATH: %w", err)
	}
	on, err := event.Parse(a.getenv, payload)
	return on, exit.UsageError(err)
}

// input returns an input of the step.
func (a *app) input(name string) string { return strings.TrimSpace(a.getenv(inputVariable(name))) }

// inputVariable is how an input reaches the program. A hyphen would be lost in
// shells that pass on only what they could name.
func inputVariable(name string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// inputs overlays the configuration with the inputs of the step, and says on
// what the step fails.
func (a *app) inputs(on event.Event) (cfg config.Config, fail string, err error) {
	a.configFile = a.input("config")
	if cfg, err = config.Load(a.configFile); err != nil {
		return cfg, "", err
	}
	for name, value := range map[string]*string{
		"cluster": &cfg.Cluster, "profile": &cfg.Profile, "base": &cfg.Base, "head": &cfg.Head,
		"history": &cfg.History, "out": &cfg.Out,
	} {
		if input := a.input(name); input != "" {
			*value = input
		}
	}
	if input := a.input("suites"); input != "" {
		cfg.Suites = strings.FieldsFunc(input, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	}
	if input := a.input("sessions"); input != "" {
		if cfg.Sessions, err = strconv.Atoi(input); err != nil || cfg.Sessions < 1 {
			return cfg, "", exit.Usagef("input sessions: %q is not a whole number from 1", input)
		}
	}
	if cfg.Head == "" {
		cfg.Head = "git:" + on.Head
	}
	if cfg.Base == "" && on.Number == 0 && on.Base != "" {
		cfg.Base = "git:" + on.Base
	}
	fail = a.input("fail-on")
	if fail == "" {
		fail = failOn[0]
	}
	if problem := config.Unknown(fail, failOn); problem != "" {
		return cfg, "", exit.Usagef("input fail-on: %s", problem)
	}
	cfg.Policy.FailOnInconclusive = cfg.Policy.FailOnInconclusive || fail == "inconclusive"
	return cfg, fail, nil
}

// maxSummary is how much GitHub shows of a step's summary.
const maxSummary = 1 << 20

// summarize writes the job summary, which is complete by itself.
func summarize(step *githubactions.Action, in report.Input) error {
	in.Charts = report.Diagrams // a summary cannot show files
	var text bytes.Buffer
	if err := report.Write(&text, "markdown", in); err != nil {
		return fmt.Errorf("writing the job summary: %w", err)
	}
	step.AddStepSummary(github.Fit(text.String(), maxSummary, "report.md"))
	return nil
}

// maxAnnotations is how many of a kind GitHub shows of a step.
const maxAnnotations = 10

func annotate(step *githubactions.Action, v *gate.Verdict) {
	shown := 0
	for _, c := range v.Regressions() {
		if shown++; shown > maxAnnotations {
			break
		}
		step.WithFieldsMap(map[string]string{"title": "perf-gate: " + c.Metric + " regressed"}).Errorf("%s", report.Line(c))
	}
	for i, w := range v.Warnings {
		if i == maxAnnotations {
			break
		}
		notice(step).Warningf("%s", w)
	}
}
