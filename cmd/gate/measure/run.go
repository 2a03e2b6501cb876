// Package measure carries out the run that a configuration asks for and keeps its
// record.
package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/existing"
	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/bench/gotest"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/workload/directory"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/store"
)

// operationTimeout limits one operation, and the start of a controller.
const operationTimeout = 30 * time.Second

// A Host describes the machine and the program to a run.
type Host struct {
	clusters.Host
	Version string // of the gate, as records name it
	Image   string // image of the machine, as its provider names it
	// TargetBranch is the branch that head will be merged into. It is empty for the
	// default branch.
	TargetBranch string
	Stores       store.Opener
	// Log shows the progress of a run. Columns is its width if it is a terminal,
	// and 0 otherwise.
	Log     io.Writer
	Columns int
}

// prepared is a plan with everything that is needed to measure it.
type prepared struct {
	plan    bench.Plan
	cluster cluster.Cluster // open
	// kubernetes is the version of the cluster's API.
	kubernetes string
	builds     map[bench.Arm]*kro.Build
	workloads  []*directory.Directory
	// golang are the Go benchmarks of a run that measures them, without a cluster.
	golang *gotest.Benches
}

// openWorkloads opens the user's workloads and notes what they do not measure.
func openWorkloads(names []string, log io.Writer) (list []*directory.Directory, err error) {
	for _, name := range names {
		d, err := directory.Open(name)
		if err != nil {
			return nil, err
		}
		for _, left := range d.Left {
			fmt.Fprintf(log, "workload %s: %s\n", name, left)
		}
		list = append(list, d)
	}
	return list, nil
}

// Run measures the builds in cfg and returns the directory of the run. The function
// acceptable can refuse the plan that Run makes.
func Run(ctx context.Context, cfg config.Config, h Host, acceptable func(bench.Plan) error) (dir string, err error) {
	dir = cfg.RunDir(time.Now())
	path := filepath.Join(dir, bench.RecordFile)
	if _, err := os.Stat(path); err == nil {
		return "", exit.Usagef("%s exists; use --resume to continue it, or another --out", path)
	}
	if golang, err := wantsGo(cfg); err != nil {
		return "", err
	} else if golang {
		return dir, runGo(ctx, cfg, h, dir, acceptable)
	}
	own, err := openWorkloads(cfg.Workloads, h.Log)
	if err != nil {
		return "", exit.UsageError(err)
	}
	refs, err := resolve(ctx, cfg, h.TargetBranch, h.Log)
	if err != nil {
		return "", err
	}
	if err := makeRunDir(dir); err != nil {
		return "", err
	}
	if cfg.Cluster == clusters.Auto {
		var why string
		cfg.Cluster, why = clusters.Choose(ctx, h.Host)
		fmt.Fprintf(h.Log, "cluster %s: %s\n", cfg.Cluster, why)
	}
	var turns bench.Turns
	if !cfg.HeadOnly() {
		turns, err = clusters.Turns(cfg.Cluster, bench.ControlPlane(cfg.ControlPlane), bench.Turns(cfg.Turns))
		if err != nil {
			return "", exit.UsageError(err)
		}
	}
	plan, err := runner.NewPlan(runner.Request{
		Cluster: cfg.Cluster, ControlPlane: bench.ControlPlane(cfg.ControlPlane), Profile: cfg.Profile,
		Suites: cfg.Suites, Workloads: own, Rounds: cfg.Sessions, MaxRounds: cfg.MaxSessions, Seed: cfg.Seed, Pprof: cfg.Pprof, Turns: turns,
		ControllerArgs: cfg.Controller.Flags(),
	})
	if err == nil {
		err = acceptable(plan)
	}
	if err != nil {
		return "", exit.UsageError(err)
	}
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	r, err := prepare(ctx, cfg, h, plan, own, refs, dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.cluster.Close()) }()
	var left []string
	r.plan, left = runner.Fit(plan, own, r.builds)
	for _, sentence := range left {
		fmt.Fprintln(h.Log, sentence)
	}
	if len(r.plan.Benchmarks) == 0 {
		return "", exit.Usagef("nothing is left to measure; choose builds that know the flags, or another suite or workload")
	}
	header := bench.Header{
		Schema: bench.Schema, Tool: h.Version, Created: time.Now().UTC(),
		Plan: r.plan, Environment: environment(r, h.Image), Builds: make(map[bench.Arm]bench.Build),
	}
	for arm, build := range r.builds {
		header.Builds[arm] = build.Info
	}
	record, err := bench.Create(path, header)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	return dir, measure(ctx, cfg, h, r, dir, &bench.Record{Header: header}, record)
}

// Resume continues the run in cfg.Out with the plan and the builds in its record.
func Resume(ctx context.Context, cfg config.Config, h Host) (err error) {
	dir := cfg.Out
	if dir == "" {
		if dir, err = newestRun(); err != nil {
			return err
		}
	}
	writer, record, err := bench.Append(filepath.Join(dir, bench.RecordFile))
	if errors.Is(err, bench.ErrLocked) {
		return exit.UsageError(err)
	}
	if err != nil {
		return exit.Usagef("nothing to resume: %w", err)
	}
	defer func() { err = errors.Join(err, writer.Close()) }()
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	was := record.Header.Builds
	cfg.Cluster = record.Header.Plan.Cluster
	cfg.Base, cfg.Head = config.NoBase, was[bench.Head].Ref
	if base, measured := was[bench.Base]; measured {
		cfg.Base = base.Ref
	}
	began := record.Header.Environment
	if cfg.KindCluster+cfg.NodeImage+cfg.Kubernetes == "" {
		cfg.NodeImage = began.NodeImage
	}
	own, err := directory.Again(record.Header.Plan, cfg.Workloads)
	if err != nil {
		return exit.UsageError(err)
	}
	if record.Header.Plan.Go != nil {
		return resumeGo(ctx, cfg, h, dir, record, writer)
	}
	refs, err := resolve(ctx, cfg, h.TargetBranch, h.Log)
	if err != nil {
		return err
	}
	r, err := prepare(ctx, cfg, h, record.Header.Plan, own, refs, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.cluster.Close()) }()
	for arm, build := range r.builds {
		if err := sameBuild(was[arm], build.Info); err != nil {
			return err
		}
	}
	if is := environment(r, h.Image); is.Kubernetes != began.Kubernetes || is.NodeImage != began.NodeImage {
		return exit.Usagef("the cluster has changed since the record began (%s, now %s); start a new run", describe(began), describe(is))
	}
	return measure(ctx, cfg, h, r, dir, record, writer)
}

// sameBuild checks that a build is still what it was.
func sameBuild(was, is bench.Build) error {
	if was.Digest == is.Digest {
		return nil
	}
	return exit.Usagef("the binary of KRO %s has changed since the record began (%.12s, now %.12s); start a new run", is.Ref, was.Digest, is.Digest)
}

// describe names the Kubernetes version and the node image of a cluster.
func describe(e bench.Environment) string {
	return strings.TrimSpace("Kubernetes " + e.Kubernetes + " " + e.NodeImage)
}

// prepare makes both builds and opens the cluster, so that nothing is built during
// the measurements.
func prepare(ctx context.Context, cfg config.Config, h Host, plan bench.Plan, own []*directory.Directory, refs map[bench.Arm]kro.Ref, dir string) (*prepared, error) {
	target, err := clusters.New(plan.Cluster, h.Host, clusters.Options{
		ControlPlane: plan.ControlPlane,
		KindCluster:  cfg.KindCluster, NodeImage: cfg.NodeImage, Kubernetes: cfg.Kubernetes,
		Kubeconfig: cfg.Kubeconfig, Context: cfg.Context, Yes: cfg.Yes,
		Installed: cfg.Head == string(kro.Installed),
	})
	if err != nil {
		return nil, exit.UsageError(err)
	}
	builder := kro.Builder{
		Cache: h.Cache, NeedPprof: len(plan.Pprof) > 0,
		Progress: func(line string) { fmt.Fprintln(h.Log, line) },
	}
	settings, err := runner.Settings(plan)
	if err != nil {
		return nil, err
	}
	builds := make(map[bench.Arm]*kro.Build)
	for _, arm := range bench.Arms {
		ref, measured := refs[arm]
		if !measured || ref.Kind == kro.Installed {
			continue
		}
		build, err := builder.Build(ctx, ref)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s before the first session", endedBy(ctx))
		}
		if err != nil {
			return nil, err
		}
		if builds[arm], err = build.With(settings); err != nil {
			return nil, exit.UsageError(err)
		}
	}
	if err := reportUnknown(builds, settings.Extra, h.Log); err != nil {
		return nil, err
	}
	logs := filepath.Join(dir, runner.LogsDir)
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	kubernetes, err := target.Open(ctx, logs)
	if c, ok := target.(*existing.Cluster); ok && err == nil && c.Installed {
		builds[bench.Head], err = kro.FindInstalled(ctx, c.Config(), cluster.Labels)
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%s before the first session", endedBy(ctx))
	}
	if err != nil {
		return nil, errors.Join(err, target.Close())
	}
	return &prepared{plan: plan, cluster: target, kubernetes: kubernetes, builds: builds, workloads: own}, nil
}

// measure runs the sessions of the plan that are missing from the run, and those that
// the decision asks for, and writes them to the record.
func measure(ctx context.Context, cfg config.Config, h Host, r *prepared, dir string, run *bench.Record, record *bench.Writer) error {
	next, err := newNext(ctx, cfg, h, run.Header)
	if err != nil {
		return err
	}
	// The gate shares the machine with the builds that it measures. There, memory
	// is cheaper than the CPU time to collect it.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	progress := newProgress(h.Log, h.Columns, r.plan, len(run.Sessions))
	defer progress.close()
	sessions := runner.Runner{
		Go: r.golang, Cluster: r.cluster, Builds: r.builds, Workloads: r.workloads, Timeout: operationTimeout,
		Dir: dir, Pprof: profileKinds(r.plan.Pprof), Record: record.Write, Observer: progress,
	}
	if !cfg.HeadOnly() {
		sessions.More = next.more
		if cfg.Confirm {
			sessions.Confirm = next.confirm
		}
	}
	err = sessions.Run(ctx, r.plan, run.Sessions)
	if err == nil || ctx.Err() == nil {
		return err
	}
	return newInterrupted(ctx, dir)
}

// environment describes the cluster and the machine. The image may be empty.
func environment(r *prepared, image string) bench.Environment {
	environment := meter.Environment(image)
	environment.Kubernetes = r.kubernetes
	if k, ok := r.cluster.(*kind.Cluster); ok {
		environment.NodeImage = k.Image()
	}
	return environment
}

// profileKinds converts the names of kinds of profiles.
func profileKinds(names []string) []pprof.Kind {
	kinds := make([]pprof.Kind, len(names))
	for i, name := range names {
		kinds[i] = pprof.Kind(name)
	}
	return kinds
}
