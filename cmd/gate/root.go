package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/measure"
	"github.com/kro/perf-gate/report"
)

// run runs the program with args and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRootCommand(os.Getenv)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if !exit.Silent(err) {
		fmt.Fprintf(stderr, "gate: %v\n", err)
	}
	return exit.Code(err)
}

func newRootCommand(getenv func(string) string) *cobra.Command {
	cfg := config.Default()
	root := &cobra.Command{
		Use:   "gate",
		Short: "Did this change make KRO slower, hungrier or chattier, and how sure are we?",
		Long: `Did this change make KRO slower, hungrier or chattier, and how sure are we?

gate runs two builds of KRO, base and head, measures them side by side on this
machine, compares the measurements and reports whether head is worse. It does the
work of gate benchmark, gate analyze and gate visualize in one go. Without flags it
compares the newest release of KRO with the one before.

Exit codes:
  0  no gated regression
  1  a gated regression
  2  wrong usage or configuration
  3  could not measure, or could not decide and the policy fails such a run`,
		Example: `  gate
  gate --base v0.9.3 --head ../kro --out results/my-change`,
		Args:          noArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := overlay(cmd, &cfg); err != nil {
				return err
			}
			return judge(cmd, getenv, cfg)
		},
	}
	addRunFlags(root, &cfg)
	root.PersistentFlags().String("config", "",
		"configuration `file` (default: perf-gate.yaml, if there is one)")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return exit.Usagef("%w; see %q", err, cmd.CommandPath()+" --help")
	})
	root.AddCommand(
		newBenchmarkCommand(getenv),
		newAnalyzeCommand(getenv),
		newVisualizeCommand(),
		newCalibrateCommand(getenv),
		newExportCommand(),
		newBaselineCommand(getenv),
		newActionCommand(getenv),
		newPublishCommand(getenv),
		newWorkloadCommand(),
		newCleanCommand(),
		newVersionCommand(),
		newSimulateCommand(),
		newProxyCommand(),
	)
	root.SetHelpCommand(newHelpCommand())
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		completion.Args, completion.RunE = noArgs, needsCommand
	}
	return root
}

// judge measures, decides, and writes the report next to the record.
func judge(cmd *cobra.Command, getenv func(string) string, cfg config.Config) error {
	if cfg.HeadOnly() && cfg.History == "" {
		return exit.Usagef("there is no base to compare head with: name a store of earlier records as history, or measure head with gate benchmark and compare it later with gate analyze --baseline")
	}
	h, err := host(cmd, getenv, stores(getenv))
	if err != nil {
		return err
	}
	dir, err := measure.Run(cmd.Context(), cfg, h, measure.Decidable(cfg.Policy))
	if interrupted, ok := errors.AsType[*measure.Interrupted](err); ok {
		return fmt.Errorf("%w\n  gate analyze %s\n  gate visualize %[2]s --out %[2]s", err, interrupted.Dir)
	}
	if err != nil {
		return err
	}
	in, files, err := decide.WriteReport(cmd.Context(), dir, decide.Earlier{Stores: h.Stores, History: cfg.History}, cfg.Policy, h.Log)
	if err != nil {
		return err
	}
	if err := report.Write(cmd.OutOrStdout(), "text", in); err != nil {
		return fmt.Errorf("writing the verdict: %w", err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "the report is in %s: %d files\n", dir, len(files))
	return exit.VerdictError(in.Verdict)
}

// newHelpCommand returns the help command. Cobra's own accepts any word as a
// command.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Show the help of a command",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil {
				return exit.UsageError(err)
			}
			if err := noArgs(about, rest); err != nil {
				return err
			}
			return about.Help()
		},
	}
}

// needsCommand is the action of a command that only groups other commands. It
// returns an error that lists them.
func needsCommand(cmd *cobra.Command, _ []string) error {
	return exit.Usagef("%s needs a command: %s", shortPath(cmd), strings.Join(commandNames(cmd), ", "))
}

// noArgs refuses arguments. If cmd groups other commands, the error treats the
// argument as the name of one.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasSubCommands() {
		return exit.Usagef("%s takes no arguments, got %q; see %q",
			shortPath(cmd), args[0], cmd.CommandPath()+" --help")
	}
	known := commandNames(cmd)
	return exit.Usagef("unknown command %q for %q%s; it has %s",
		args[0], cmd.CommandPath(), strictyaml.DidYouMean(args[0], known), strings.Join(known, ", "))
}

// oneArg requires exactly one argument. The error gives its name in the usage line
// and what it is.
func oneArg(name, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 1 {
			return nil
		}
		return exit.Usagef("%s needs one argument, %s, %s; got %d; see %q",
			shortPath(cmd), name, what, len(args), cmd.CommandPath()+" --help")
	}
}

// shortPath returns the path of a command without the program's name. Error
// messages start with that name anyway.
func shortPath(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// commandNames lists the commands that the help of cmd shows.
func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}
