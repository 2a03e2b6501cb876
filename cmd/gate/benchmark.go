package main

import (
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
		Long: `Benchmark builds the two KROs that --base and --head name, and measures them in
sessions that alternate between the two: each session starts a fresh API server
and a fresh KRO and runs every planned benchmark once. What it measures goes to
record.jsonl in the --out directory as it is measured.

A KRO is named by

  v0.9.4           a release
  ./kro            a directory with its source
  git:REV          a commit, branch or tag of the KRO checkout that you are in
  ./controller     a binary
  image:REFERENCE  a container image in a registry
  ./kro.tar        an image archive, as docker save writes it

Where head is a git checkout or git:REV and --base is not given, base is the
commit in which head left its target branch: the branch $GITHUB_BASE_REF, else
the default one, of the remote upstream if there is one, else of origin.

Ctrl-C leaves a valid record, which --resume goes on from. gate analyze decides
on it, gate visualize draws it.`,
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
					return exit.Usagef("--resume goes on with the plan in the record; leave out --%s", name)
				}
			}
			return measure.Resume(cmd.Context(), cfg, h)
		},
	}
	addRunFlags(cmd, &cfg)
	cmd.Flags().BoolVar(&resume, "resume", false, "go on with the run in --out, or with the newest in "+measure.ResultsDir)
	return cmd
}

// anyPlan accepts every plan, because nothing is to be decided.
func anyPlan(bench.Plan) error { return nil }

// plannedBy are the flags that make a plan.
var plannedBy = []string{"cluster", "control-plane", "base", "head", "suite", "profile", "sessions", "max-sessions", "seed", "pprof"}

// addRunFlags adds the flags that say what to measure.
func addRunFlags(cmd *cobra.Command, cfg *config.Config) {
	flags := cmd.Flags()
	flags.StringVar(&cfg.Cluster, "cluster", cfg.Cluster, "`where` KRO runs: "+strings.Join(clusters.Names(), ", ")+", or the best of these that the machine carries (auto)")
	flags.StringVar(&cfg.KindCluster, "kind-cluster", cfg.KindCluster, "`name` of a kind cluster to use and keep (default: create one)")
	flags.StringVar(&cfg.NodeImage, "node-image", cfg.NodeImage, "`image` of the node of a new kind cluster (default: kind's own, by digest)")
	flags.StringVar(&cfg.Kubernetes, "kubernetes", cfg.Kubernetes, "`version` of Kubernetes of a new kind cluster, such as v1.36.3, in place of --node-image")
	flags.StringVar(&cfg.Kubeconfig, "kubeconfig", cfg.Kubeconfig, "`file` that names an existing cluster (default: as for kubectl)")
	flags.StringVar(&cfg.Context, "context", cfg.Context, "`context` of the kubeconfig (default: the current one)")
	flags.BoolVar(&cfg.Yes, "yes", cfg.Yes, "measure on an existing cluster that is not on this machine without asking")
	flags.StringVar(&cfg.ControlPlane, "control-plane", cfg.ControlPlane, "`which` sessions share a control plane of a local cluster: none (session), those of an arm (arm) or all (shared)")
	flags.StringVar(&cfg.Base, "base", cfg.Base, "the `KRO` to compare with, named like head (default: where head left its target branch, in a git checkout; else the release before the newest known)")
	flags.StringVar(&cfg.Head, "head", cfg.Head, "the `KRO` to judge: a release, source tree, git:REV, binary, image:REFERENCE or image archive (default: the newest release known)")
	flags.StringSliceVar(&cfg.Suites, "suite", cfg.Suites, "`suites` to run, separated by commas")
	flags.StringVar(&cfg.Profile, "profile", cfg.Profile, "how much to measure: quick, standard or full")
	flags.IntVar(&cfg.Sessions, "sessions", cfg.Sessions, "sessions of each arm (default: the profile's)")
	flags.IntVar(&cfg.MaxSessions, "max-sessions", cfg.MaxSessions, "go on to this many sessions of each arm while the run is undecided (default: no further)")
	flags.DurationVar(&cfg.Budget, "budget", cfg.Budget, "the `time` for measuring, within which a run that is undecided goes on (default: no bound but --max-sessions)")
	flags.BoolVar(&cfg.Confirm, "confirm", cfg.Confirm, "measure what regressed again before the run fails")
	flags.StringVar(&cfg.History, "history", cfg.History, "learn from the records in this `store` how far runs of unchanged code differ: a directory, or github:OWNER/REPO@BRANCH")
	flags.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "seed of the names of what is created")
	flags.StringSliceVar(&cfg.Pprof, "pprof", cfg.Pprof, "`profiles` to take in every session: cpu, heap")
	flags.StringVar(&cfg.Out, "out", cfg.Out, "`directory` of the run (default: a new one in "+measure.ResultsDir+")")
	flags.DurationVar(&cfg.Timeout, "timeout", cfg.Timeout, "end the run after this time, as Ctrl-C does (default: never)")
}
