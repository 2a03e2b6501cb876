package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/measure"
)

func newBenchmarkCommand(getenv func(string) string) *cobra.Command {
	cfg := config.Default()
	var resume bool
	cmd := &cobra.Command{
		Use:   "benchmark",
		Short: "Measure two builds of KRO side by side",
		Long: `Benchmark builds the two KROs that --base and --head name and measures them in
rounds. Each round starts a fresh API server and a fresh KRO for either of them, and
runs every planned benchmark once on both. Benchmark writes each round to record.jsonl
in the --out directory as soon as it is complete.

To name a KRO, use

  v0.9.4           a release
  ./kro            a directory with its source
  git:REV          a commit, branch or tag of the KRO checkout that you are in
  ./controller     a binary
  image:REFERENCE  a container image in a registry
  ./kro.tar        an image archive, as docker save writes it

If head is a git checkout or git:REV and --base is not given, base is the commit
where head left its target branch. The target branch is $GITHUB_BASE_REF if that is
set, and otherwise the default branch. It is looked up in the remote upstream if
there is one, and otherwise in origin.

Ctrl-C leaves a valid record, and --resume continues it. Use gate analyze to decide
on the record and gate visualize to draw it.`,
		Example: `  gate benchmark --base v0.9.3 --head ../kro --out results/my-change
  gate benchmark --base git:main --head git:my-change
  gate benchmark --base v0.9.3 --head v0.9.4 --suite crud --profile standard
  gate benchmark --resume --out results/my-change`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := overlay(cmd, &cfg); err != nil {
				return err
			}
			h, err := host(cmd, getenv, stores(getenv))
			if err != nil {
				return err
			}
			if !resume {
				_, err := measure.Run(cmd.Context(), cfg, h, anyPlan)
				return err
			}
			for _, name := range plannedBy {
				if cmd.Flags().Changed(name) {
					return exit.Usagef("--resume continues with the plan in the record; leave out --%s", name)
				}
			}
			return measure.Resume(cmd.Context(), cfg, h)
		},
	}
	addRunFlags(cmd, &cfg)
	cmd.Flags().BoolVar(&resume, "resume", false, "continue the run in --out, or the newest one in "+config.ResultsDir)
	return cmd
}

// addWorkloadFlag adds the flag that names the user's workloads.
func addWorkloadFlag(cmd *cobra.Command, cfg *config.Config) {
	cmd.Flags().StringArrayVar(&cfg.Workloads, "workload", cfg.Workloads, "`directory` with a workload of your own: an RGD and an instance, and what to do with them; can be repeated")
	_ = cmd.MarkFlagDirname("workload") // fails only if there is no such flag
}

// completeWords lets the shell complete the values of a flag.
func completeWords(cmd *cobra.Command, flag string, words []string) {
	complete := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	_ = cmd.RegisterFlagCompletionFunc(flag, complete) // fails only if there is no such flag
}

// anyPlan accepts every plan. It is for runs that need no verdict.
func anyPlan(bench.Plan) error { return nil }

// plannedBy lists the flags that a plan is made of.
var plannedBy = []string{"cluster", "control-plane", "turns", "base", "head", "controller-arg", "feature-gate", "suite", "bench", "bench-package", "bench-source", "profile", "sessions", "max-sessions", "seed", "pprof"}

// gates is a flag that turns a feature gate on or off.
type gates struct{ set *map[string]bool }

func (g gates) Set(text string) error {
	name, value, given := strings.Cut(text, "=")
	on := true
	if given {
		var err error
		if on, err = strconv.ParseBool(value); err != nil {
			return errors.New("write NAME, NAME=true or NAME=false")
		}
	}
	if *g.set == nil {
		*g.set = make(map[string]bool)
	}
	(*g.set)[name] = on
	return nil
}

func (g gates) String() string { return "" }

func (g gates) Type() string { return "gate" }

// addRunFlags adds the flags that select what to measure.
func addRunFlags(cmd *cobra.Command, cfg *config.Config) {
	flags := cmd.Flags()
	flags.StringVar(&cfg.Cluster, "cluster", cfg.Cluster, "`where` KRO runs: "+strings.Join(clusters.Names(), ", ")+", or "+clusters.Auto+" for the most realistic one that this machine can run")
	flags.StringVar(&cfg.KindCluster, "kind-cluster", cfg.KindCluster, "`name` of an existing kind cluster to use and keep (default: create one)")
	flags.StringVar(&cfg.NodeImage, "node-image", cfg.NodeImage, "node `image` of a new kind cluster (default: kind's own, by digest)")
	flags.StringVar(&cfg.Kubernetes, "kubernetes", cfg.Kubernetes, "Kubernetes `version` of a new kind cluster, such as v1.36.3; replaces --node-image")
	flags.StringVar(&cfg.Kubeconfig, "kubeconfig", cfg.Kubeconfig, "kubeconfig `file` of an existing cluster (default: as for kubectl)")
	flags.StringVar(&cfg.Context, "context", cfg.Context, "`context` of the kubeconfig (default: the current one)")
	flags.BoolVar(&cfg.Yes, "yes", cfg.Yes, "do not ask before measuring on a cluster that is not on this machine")
	flags.StringVar(&cfg.ControlPlane, "control-plane", cfg.ControlPlane, "`which` sessions of a local cluster share a control plane: none (session), those of one arm (arm) or all (shared)")
	flags.StringVar(&cfg.Turns, "turns", cfg.Turns, "`how` base and head take turns: by blocks of operations, both running at once, or by sessions (default: blocks, where the cluster can run both at once)")
	flags.StringVar(&cfg.Base, "base", cfg.Base, "the `KRO` to compare with, named like head, or none (default: for a git checkout, the commit where head left its target branch; otherwise the release before the newest)")
	flags.StringVar(&cfg.Head, "head", cfg.Head, "the `KRO` to judge: a release, source tree, git:REV, binary, image:REFERENCE or image archive (default: the newest release)")
	flags.StringArrayVar(&cfg.Controller.Args, "controller-arg", cfg.Controller.Args, "`flag` to start both KROs with, as --name=value; may be repeated")
	flags.Var(gates{&cfg.Controller.FeatureGates}, "feature-gate", "feature `gate` of KRO to turn on, or off with NAME=false; may be repeated")
	flags.StringSliceVar(&cfg.Suites, "suite", cfg.Suites, "built-in `suites` to run, separated by commas: "+strings.Join(config.Words("suites"), ", ")+" (default: all, or none if there is a workload)")
	flags.StringVar(&cfg.Go.Bench, "bench", cfg.Go.Bench, "the Go benchmarks of the suite go: a regular `expression` as of go test -bench (default: all)")
	flags.StringSliceVar(&cfg.Go.Packages, "bench-package", cfg.Go.Packages, "the `packages` of the suite go, as patterns of the go command (default ./...)")
	flags.StringVar(&cfg.Go.Source, "bench-source", cfg.Go.Source, "the `arm` whose Go test files both arms use, base or head (default: each its own)")
	completeWords(cmd, "bench-source", config.Words("arms"))
	addWorkloadFlag(cmd, cfg)
	completeWords(cmd, "suite", config.Words("suites"))
	flags.StringVar(&cfg.Profile, "profile", cfg.Profile, "the `profile`, which sets how much is measured: "+strings.Join(config.Words("profiles"), ", "))
	completeWords(cmd, "profile", config.Words("profiles"))
	flags.IntVar(&cfg.Sessions, "sessions", cfg.Sessions, "rounds, each with a session of base and one of head (default: the profile's)")
	flags.IntVar(&cfg.MaxSessions, "max-sessions", cfg.MaxSessions, "while the run is undecided, add rounds up to this many (default: add none)")
	flags.DurationVar(&cfg.Budget, "budget", cfg.Budget, "do not add sessions that would exceed this `time` of measuring (default: no limit but --max-sessions)")
	flags.BoolVar(&cfg.Confirm, "confirm", cfg.Confirm, "measure regressed benchmarks again before the run fails")
	flags.StringVar(&cfg.History, "history", cfg.History, "learn from the records in this `store` how much runs of unchanged code differ: a directory, or github:OWNER/REPO@BRANCH")
	flags.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "seed for the names of created objects and for which arm begins")
	flags.StringSliceVar(&cfg.Pprof, "pprof", cfg.Pprof, "pprof `profiles` to take in every session: "+strings.Join(config.Words("pprof"), ", "))
	flags.StringVar(&cfg.Out, "out", cfg.Out, "`directory` of the run (default: a new one in "+config.ResultsDir+")")
	flags.DurationVar(&cfg.Timeout, "timeout", cfg.Timeout, "end the run after this time, as Ctrl-C does (default: no limit)")
}
