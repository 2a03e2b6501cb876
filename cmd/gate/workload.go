package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/builtin"
	"github.com/kro/perf-gate/bench/workload/derive"
	"github.com/kro/perf-gate/bench/workload/directory"
	"github.com/kro/perf-gate/bench/workload/show"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

func newWorkloadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "workload",
		Short: "List, show and begin workloads: what a run measures",
		Long: `A workload is a directory of YAML: an RGD, an instance of it, and workload.yaml,
which says what to do with them. gate measures your own with --workload DIR. If a
directory has no workload.yaml, gate derives one.`,
		Args: noArgs,
		RunE: needsCommand,
	}
	cmd.AddCommand(newWorkloadInitCommand(), newWorkloadListCommand(), newWorkloadShowCommand())
	return cmd
}

func newWorkloadListCommand() *cobra.Command {
	cfg := config.Default()
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the workloads, and how many benchmarks each profile has of them",
		Long: `List names the built-in workloads and your own: those that perf-gate.yaml or
--workload names.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := overlay(cmd, &cfg); err != nil {
				return err
			}
			var sources []show.Source
			for _, name := range slices.Concat(builtin.Suites, cfg.Workloads) {
				source, err := openSource(name)
				if err != nil {
					return err
				}
				sources = append(sources, source)
			}
			return show.List(cmd.OutOrStdout(), sources)
		},
	}
	addWorkloadFlag(cmd, &cfg)
	return cmd
}

func newWorkloadShowCommand() *cobra.Command {
	profile := string(workload.Quick)
	cmd := &cobra.Command{
		Use:   "show NAME|DIR",
		Short: "Show a workload's files, and what its first operations send",
		Long: `Show writes the files of a built-in workload, or of one in a directory. If gate
derives the description, show writes that as well. Then it writes what the first
operations of the profile's first size send, as YAML.`,
		Example: `  gate workload show crud
  gate workload show ./perf/webapp --profile full`,
		Args: oneArg("NAME|DIR", "a built-in workload or a directory"),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return builtin.Suites, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains(config.Words("profiles"), profile) {
				return exit.Usagef("unknown profile %q: use %s", profile, strings.Join(config.Words("profiles"), ", "))
			}
			source, err := openSource(args[0])
			if err != nil {
				return err
			}
			return show.Files(cmd.OutOrStdout(), source, workload.Profile(profile))
		},
	}
	cmd.Flags().StringVar(&profile, "profile", profile, "the `profile` whose first size is shown: "+strings.Join(config.Words("profiles"), ", "))
	completeWords(cmd, "profile", config.Words("profiles"))
	return cmd
}

// openSource opens a built-in workload by its name, or one in a directory.
func openSource(name string) (show.Source, error) {
	if slices.Contains(builtin.Suites, name) {
		return show.Source{Name: name, Workload: builtin.Workloads([]string{name})[0], Files: builtin.Files(name)}, nil
	}
	d, err := directory.Open(name)
	if err != nil {
		return show.Source{}, exit.UsageError(err)
	}
	return show.Source{Name: filepath.ToSlash(name), Workload: d.Workload, Files: d.Files}, nil
}

func newWorkloadInitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "init RGD.yaml [DIR]",
		Short: "Write a first workload for an RGD",
		Long: `Init writes a directory with the RGD, an instance that has the required fields, and
workload.yaml, which says what to measure. It derives the update from the RGD's
schema. The directory is called like the RGD's kind, if no other is given. Init never
overwrites a file.`,
		Example: `  gate workload init webapp-rgd.yaml perf/webapp
  gate --workload perf/webapp`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return oneArg("RGD.yaml", "the file of an RGD, and optionally a directory")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return initWorkload(cmd, args[0], slices.Concat(args[1:], []string{""})[0])
		},
	}
}

// initWorkload writes the files that a workload's directory lacks.
func initWorkload(cmd *cobra.Command, rgdFile, dir string) error {
	rgd, err := os.ReadFile(rgdFile)
	if err != nil {
		return exit.Usagef("reading the RGD: %w", err)
	}
	instance, kind, err := derive.Instance(rgd, rgdFile)
	if err != nil {
		return exit.UsageError(err)
	}
	if dir == "" {
		dir = strings.ToLower(kind)
	}
	own := "rgd.yaml"
	inPlace := filepath.Clean(filepath.Dir(rgdFile)) == filepath.Clean(dir)
	if inPlace {
		own = filepath.Base(rgdFile)
	}
	files := workload.Files{own: rgd, "instance.yaml": instance}
	derived, err := derive.Description(files, dir)
	if err != nil {
		return exit.UsageError(err)
	}
	maps.Copy(files, derived.Files)
	if _, err := workload.Load(files, dir); err != nil {
		return exit.UsageError(err)
	}
	if inPlace {
		delete(files, own)
	}
	if err := writeNew(dir, files); err != nil {
		return err
	}
	for _, name := range files.Names() {
		fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(dir, name))
	}
	for _, left := range derived.Left {
		fmt.Fprintf(cmd.ErrOrStderr(), "workload %s: %s\n", dir, left)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "measure it with gate --workload %s\n", dir)
	return nil
}

// writeNew writes files into a directory that has none of them.
func writeNew(dir string, files workload.Files) error {
	for _, name := range files.Names() {
		if path := filepath.Join(dir, name); exists(path) {
			return exit.Usagef("%s exists, and init overwrites nothing; name another directory", path)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return exit.UsageError(err)
	}
	for _, name := range files.Names() {
		if err := os.WriteFile(filepath.Join(dir, name), files[name], 0o644); err != nil {
			return err
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
