package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/runner"
)

// operationTimeout bounds one operation, and the start of a controller.
const operationTimeout = 30 * time.Second

// resultsDir holds the runs that were not given a directory of their own.
const resultsDir = "results"

func newBenchmarkCommand(a *app) *cobra.Command {
	cfg := defaultConfig()
	var resume bool
	cmd := &cobra.Command{
		Use:   "benchmark",
		Short: "Measure two builds of KRO side by side",
		Long: `Benchmark builds the two KROs that --base and --head name, and measures them in
sessions that alternate between the two: each session starts a fresh API server
and a fresh KRO and runs every planned benchmark once. What it measures goes to
record.jsonl in the --out directory as it is measured.

A KRO is named by a release (v0.9.4), a directory with its source, or a binary.

Ctrl-C leaves a valid record, which --resume goes on from. gate analyze decides
on it, gate visualize draws it.`,
		Example: `  gate benchmark --base v0.9.3 --head ../kro --out results/my-change
  gate benchmark --base v0.9.3 --head v0.9.4 --suite crud --profile standard
  gate benchmark --resume --out results/my-change`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := a.readConfig(cmd, &cfg); err != nil {
				return err
			}
			if !resume {
				_, err := a.benchmark(cmd.Context(), cfg)
				return err
			}
			for _, name := range plannedBy {
				if cmd.Flags().Changed(name) {
					return usageErrorf("--resume goes on with the plan in the record; leave out --%s", name)
				}
			}
			_, err := a.resume(cmd.Context(), cfg)
			return err
		},
	}
	addRunFlags(cmd, &cfg)
	cmd.Flags().BoolVar(&resume, "resume", false, "go on with the run in --out, or with the newest in "+resultsDir)
	return cmd
}

// plannedBy are the flags that make a plan.
var plannedBy = []string{"cluster", "base", "head", "suite", "profile", "sessions", "seed"}

// addRunFlags adds the flags that say what to measure.
func addRunFlags(cmd *cobra.Command, cfg *config) {
	flags := cmd.Flags()
	flags.StringVar(&cfg.Cluster, "cluster", cfg.Cluster, "`where` KRO runs: simulation")
	flags.StringVar(&cfg.Base, "base", cfg.Base, "the `KRO` to compare with: a release, a source tree or a binary (default: the release before the newest known)")
	flags.StringVar(&cfg.Head, "head", cfg.Head, "the `KRO` to judge: a release, a source tree or a binary (default: the newest release known)")
	flags.StringSliceVar(&cfg.Suites, "suite", cfg.Suites, "`suites` to run, separated by commas")
	flags.StringVar(&cfg.Profile, "profile", cfg.Profile, "how much to measure: quick, standard or full")
	flags.IntVar(&cfg.Sessions, "sessions", cfg.Sessions, "sessions of each arm (default: the profile's)")
	flags.Uint64Var(&cfg.Seed, "seed", cfg.Seed, "seed of the names of what is created")
	flags.StringVar(&cfg.Out, "out", cfg.Out, "`directory` of the run (default: a new one in "+resultsDir+")")
	flags.DurationVar(&cfg.Timeout, "timeout", cfg.Timeout, "end the run after this time, as Ctrl-C does (default: never)")
}

// benchmark measures what cfg asks for and returns the directory of the run.
func (a *app) benchmark(ctx context.Context, cfg config) (dir string, err error) {
	defaultBase, defaultHead := kro.Newest()
	if cfg.Base == "" {
		cfg.Base = defaultBase
	}
	if cfg.Head == "" {
		cfg.Head = defaultHead
	}
	plan, err := runner.NewPlan(runner.Request{
		Cluster: cfg.Cluster, Profile: cfg.Profile, Suites: cfg.Suites, Rounds: cfg.Sessions, Seed: cfg.Seed,
	})
	if err != nil {
		return "", usageError(err)
	}
	refs, err := parseRefs(cfg.Base, cfg.Head)
	if err != nil {
		return "", usageError(err)
	}
	dir = cfg.Out
	if dir == "" {
		dir = filepath.Join(resultsDir, time.Now().UTC().Format("20060102-150405"))
	}
	path := filepath.Join(dir, bench.RecordFile)
	if _, err := os.Stat(path); err == nil {
		return "", usageErrorf("%s exists; use --resume to go on from it or another --out", path)
	}
	if err := makeRunDir(dir); err != nil {
		return "", err
	}
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	place, err := a.cluster(cfg.Cluster)
	if err != nil {
		return "", usageError(err)
	}
	builds, err := a.build(ctx, refs, plan)
	if err != nil {
		return "", err
	}
	header := bench.Header{
		Schema: bench.Schema, Tool: version(), Created: time.Now().UTC(),
		Plan: plan, Environment: a.environment(place), Builds: make(map[bench.Arm]bench.Build),
	}
	for arm, build := range builds {
		header.Builds[arm] = build.Info
	}
	record, err := bench.Create(path, header)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	return dir, a.measure(ctx, dir, place, builds, plan, nil, record)
}

// resume goes on with the run in cfg.Out, with the plan and the builds that its
// record names, and returns its directory.
func (a *app) resume(ctx context.Context, cfg config) (dir string, err error) {
	if dir = cfg.Out; dir == "" {
		if dir, err = newestRun(); err != nil {
			return "", err
		}
	}
	writer, record, err := bench.Append(filepath.Join(dir, bench.RecordFile))
	if errors.Is(err, bench.ErrLocked) {
		return "", usageError(err)
	}
	if err != nil {
		return "", usageErrorf("nothing to resume: %w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	refs, err := parseRefs(record.Header.Builds[bench.Base].Ref, record.Header.Builds[bench.Head].Ref)
	if err != nil {
		return "", usageError(err)
	}
	place, err := a.cluster(record.Header.Plan.Cluster)
	if err != nil {
		return "", usageError(err)
	}
	builds, err := a.build(ctx, refs, record.Header.Plan)
	if err != nil {
		return "", err
	}
	for _, arm := range bench.Arms {
		if was, is := record.Header.Builds[arm], builds[arm].Info; was.Digest != is.Digest {
			return "", usageErrorf("KRO %s is not the binary that the record began with (%.12s, now %.12s); start a new run", is.Ref, was.Digest, is.Digest)
		}
	}
	return dir, a.measure(ctx, dir, place, builds, record.Header.Plan, record.Sessions, writer)
}

// makeRunDir makes the directory of a run, before the builds take their time.
func makeRunDir(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = unix.Access(dir, unix.W_OK)
	}
	// The path that the error may name is a part of the one that the user gave.
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		err = fmt.Errorf("cannot write to the directory %s: %w", dir, errno)
	}
	if err == nil || errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return usageErrorf("%w; name another with --out", err)
}

// newestRun is the newest directory in results that has a record.
func newestRun() (string, error) {
	records, err := filepath.Glob(filepath.Join(resultsDir, "*", bench.RecordFile))
	if err != nil {
		return "", err
	}
	if len(records) == 0 {
		return "", usageErrorf("nothing to resume: there is no run in %s; name its directory with --out", resultsDir)
	}
	return filepath.Dir(slices.Max(records)), nil
}

// limited bounds ctx by a time, if there is one.
func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the run took longer than --timeout %s", timeout))
}

// parseRefs tells what the names of the two KROs mean.
func parseRefs(base, head string) (map[bench.Arm]kro.Ref, error) {
	refs := make(map[bench.Arm]kro.Ref)
	for arm, name := range map[bench.Arm]string{bench.Base: base, bench.Head: head} {
		ref, err := kro.Parse(name)
		if err != nil {
			return nil, fmt.Errorf("--%s: %w", arm, err)
		}
		refs[arm] = ref
	}
	return refs, nil
}

// build makes both builds, before anything is measured.
func (a *app) build(ctx context.Context, refs map[bench.Arm]kro.Ref, plan bench.Plan) (map[bench.Arm]*kro.Build, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("no directory to keep builds in: %w", err)
	}
	builder := kro.Builder{
		Cache:    filepath.Join(cache, "perf-gate"),
		Progress: func(line string) { fmt.Fprintln(a.stderr, line) },
	}
	builds := make(map[bench.Arm]*kro.Build)
	for _, arm := range bench.Arms {
		build, err := builder.Build(ctx, refs[arm])
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s before the measuring began", endedBy(ctx))
		}
		if err != nil {
			return nil, err
		}
		runner.Controller(plan).Apply(build)
		builds[arm] = build
	}
	return builds, nil
}

// measure runs the sessions of the plan that are not done and keeps them.
func (a *app) measure(ctx context.Context, dir string, place cluster.Cluster, builds map[bench.Arm]*kro.Build, plan bench.Plan, done []bench.Session, record *bench.Writer) error {
	// The gate shares the machine with what it measures: memory is cheaper there
	// than the CPU time of collecting it.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	progress := newProgress(a, plan, len(done))
	defer progress.close()
	run := runner.Runner{
		Cluster: place, Builds: builds, Profile: runner.Controller(plan), Timeout: operationTimeout,
		Logs: filepath.Join(dir, "logs"), Record: record.Write, Observer: progress,
	}
	err := run.Run(ctx, plan, done)
	if err == nil || ctx.Err() == nil {
		return err
	}
	return &interruptedError{why: endedBy(ctx), dir: shellescape.Quote(dir)}
}

// endedBy says why the run's context is done: Ctrl-C or --timeout.
func endedBy(ctx context.Context) string {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

// An interruptedError ends a run that --resume goes on from.
type interruptedError struct {
	why string
	dir string // of the run, quoted for a shell
}

func (e *interruptedError) Error() string {
	return e.why + "; what was measured is kept, and this goes on from it:\n  gate benchmark --resume --out " + e.dir
}

// environment describes the machine and the cluster.
func (a *app) environment(p cluster.Cluster) bench.Environment {
	image := strings.Trim(a.getenv("ImageOS")+" "+a.getenv("ImageVersion"), " ")
	environment := meter.Environment(image)
	environment.Kubernetes = p.Kubernetes()
	return environment
}
