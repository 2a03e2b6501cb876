package action

import (
	"cmp"
	"os"
	"strconv"
	"strings"

	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report/github/event"
)

// InputVariable returns the environment variable of an input. It has no hyphens,
// because some shells drop variables with names that they cannot use.
func InputVariable(name string) string {
	return "INPUT_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// input returns an input of the step.
func (s step) input(name string) string { return strings.TrimSpace(s.Getenv(InputVariable(name))) }

// failOn lists the verdicts that a step can fail on.
var failOn = []string{"regression", "inconclusive", "never"}

// inputs returns the configuration with the inputs of the step applied, and the
// verdict that the step fails on.
func (s step) inputs() (cfg config.Config, fail string, err error) {
	if cfg, err = config.Load(s.input("config")); err != nil {
		return cfg, "", err
	}
	for name, value := range map[string]*string{
		"cluster": &cfg.Cluster, "profile": &cfg.Profile, "base": &cfg.Base, "head": &cfg.Head,
		"history": &cfg.History, "out": &cfg.Out,
	} {
		if input := s.input(name); input != "" {
			*value = input
		}
	}
	if input := s.input("suites"); input != "" {
		cfg.Suites = strings.FieldsFunc(input, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
	}
	if input := s.input("sessions"); input != "" {
		if cfg.Sessions, err = strconv.Atoi(input); err != nil || cfg.Sessions < 1 {
			return cfg, "", exit.Usagef("input sessions: %q is not a whole number; use 1 or more", input)
		}
	}
	if cfg.Head == "" {
		cfg.Head = "git:" + s.on.Head
	}
	if cfg.Base == "" && s.on.Number == 0 && s.on.Base != "" {
		cfg.Base = "git:" + s.on.Base
	}
	fail = cmp.Or(s.input("fail-on"), failOn[0])
	if problem := strictyaml.Unknown(fail, failOn); problem != "" {
		return cfg, "", exit.Usagef("input fail-on: %s", problem)
	}
	cfg.Policy.FailOnInconclusive = cfg.Policy.FailOnInconclusive || fail == "inconclusive"
	return cfg, fail, nil
}

// readEvent reads the event that started the workflow run.
func readEvent(getenv func(string) string) (event.Event, error) {
	path := getenv("GITHUB_EVENT_PATH")
	if path == "" {
		return event.Event{}, exit.Usagef("GITHUB_EVENT_PATH is not set: this command is a step of GitHub Actions")
	}
	payload, err := os.ReadFile(path)
	if err != nil {
		return event.Event{}, exit.Usagef("reading the event that started the workflow, GITHUB_EVENT_PATH: %w", err)
	}
	on, err := event.Parse(getenv, payload)
	return on, exit.UsageError(err)
}
