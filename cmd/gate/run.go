package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/cluster/existing"
	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// operationTimeout bounds one operation, and the start of a controller.
const operationTimeout = 30 * time.Second

// prepared is a plan with what it takes to measure it.
type prepared struct {
	plan    bench.Plan
	cluster cluster.Cluster // open
	// kubernetes is the version of its API.
	kubernetes string
	builds     map[bench.Arm]*kro.Build
}

// benchmark measures what cfg asks for, if the plan that it makes is acceptable,
// and returns the directory of the run.
func (a *app) benchmark(ctx context.Context, cfg config.Config, acceptable func(bench.Plan) error) (dir string, err error) {
	if dir = cfg.Out; dir == "" {
		dir = filepath.Join(resultsDir, time.Now().UTC().Format("20060102-150405"))
	}
	path := filepath.Join(dir, bench.RecordFile)
	if _, err := os.Stat(path); err == nil {
		return "", exit.Usagef("%s exists; use --resume to go on from it or another --out", path)
	}
	refs, err := a.refs(ctx, cfg)
	if err != nil {
		return "", err
	}
	if err := makeRunDir(dir); err != nil {
		return "", err
	}
	if cfg.Cluster == clusters.Auto {
		var why string
		host, err := a.host()
		if err != nil {
			return "", err
		}
		cfg.Cluster, why = clusters.Choose(ctx, host)
		fmt.Fprintf(a.stderr, "cluster %s: %s\n", cfg.Cluster, why)
	}
	plan, err := runner.NewPlan(runner.Request{
		Cluster: cfg.Cluster, ControlPlane: bench.ControlPlane(cfg.ControlPlane), Profile: cfg.Profile,
		Suites: cfg.Suites, Rounds: cfg.Sessions, MaxRounds: cfg.MaxSessions, Seed: cfg.Seed, Pprof: cfg.Pprof, HeadOnly: cfg.HeadOnly(),
	})
	if err == nil {
		err = acceptable(plan)
	}
	if err != nil {
		return "", exit.UsageError(err)
	}
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	r, err := a.prepare(ctx, cfg, plan, refs, dir)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, r.cluster.Close()) }()
	header := bench.Header{
		Schema: bench.Schema, Tool: version(), Created: time.Now().UTC(),
		Plan: plan, Environment: a.environment(r), Builds: make(map[bench.Arm]bench.Build),
	}
	for arm, build := range r.builds {
		header.Builds[arm] = build.Info
	}
	record, err := bench.Create(path, header)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	return dir, a.measure(ctx, cfg, r, dir, &bench.Record{Header: header}, record)
}

// resume goes on with the run in cfg.Out, with the plan and the builds that its
// record names.
func (a *app) resume(ctx context.Context, cfg config.Config) (err error) {
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
	place := record.Header.Environment
	if cfg.KindCluster+cfg.NodeImage+cfg.Kubernetes == "" {
		cfg.NodeImage = place.NodeImage
	}
	refs, err := a.refs(ctx, cfg)
	if err != nil {
		return err
	}
	r, err := a.prepare(ctx, cfg, record.Header.Plan, refs, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.cluster.Close()) }()
	if began := record.Header.Environment.Kubernetes; began != r.kubernetes {
		return exit.Usagef("the record began on Kubernetes %s, this is %s; start a new run", began, r.kubernetes)
	}
	for arm, build := range r.builds {
		if is := build.Info; was[arm].Digest != is.Digest {
			return exit.Usagef("KRO %s is not the binary that the record began with (%.12s, now %.12s); start a new run", is.Ref, was[arm].Digest, is.Digest)
		}
	}
	if is := a.environment(r); is.Kubernetes != place.Kubernetes || is.NodeImage != place.NodeImage {
		return exit.Usagef("the cluster is not like the one that the record began with (%s, now %s); start a new run", describe(place), describe(is))
	}
	return a.measure(ctx, cfg, r, dir, record, writer)
}

// describe names what a cluster is made of.
func describe(e bench.Environment) string {
	return strings.TrimSpace("Kubernetes " + e.Kubernetes + " " + e.NodeImage)
}

// prepare makes both builds and opens the cluster, so that nothing is built
// while it is measured.
func (a *app) prepare(ctx context.Context, cfg config.Config, plan bench.Plan, refs map[bench.Arm]kro.Ref, dir string) (*prepared, error) {
	host, err := a.host()
	if err != nil {
		return nil, err
	}
	place, err := clusters.New(plan.Cluster, host, clusters.Options{
		ControlPlane: plan.ControlPlane,
		KindCluster:  cfg.KindCluster, NodeImage: cfg.NodeImage, Kubernetes: cfg.Kubernetes,
		Kubeconfig: cfg.Kubeconfig, Context: cfg.Context, Yes: cfg.Yes,
		Installed: cfg.Head == string(kro.Installed),
	})
	if err != nil {
		return nil, exit.UsageError(err)
	}
	builder := kro.Builder{
		Cache: host.Cache, Pprof: len(plan.Pprof) > 0,
		Progress: func(line string) { fmt.Fprintln(a.stderr, line) },
	}
	builds := make(map[bench.Arm]*kro.Build)
	for _, arm := range bench.Arms {
		ref, measured := refs[arm]
		if !measured || ref.Kind == kro.Installed {
			continue
		}
		build, err := builder.Build(ctx, ref)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s before the measuring began", endedBy(ctx))
		}
		if err != nil {
			return nil, err
		}
		runner.Settings(plan).Apply(build)
		builds[arm] = build
	}
	logs := filepath.Join(dir, runner.LogsDir)
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return nil, err
	}
	kubernetes, err := place.Open(ctx, logs)
	if c, ok := place.(*existing.Cluster); ok && err == nil && c.Installed {
		builds[bench.Head], err = kro.FindInstalled(ctx, c.Config(), cluster.Labels)
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%s before the measuring began", endedBy(ctx))
	}
	if err != nil {
		return nil, errors.Join(err, place.Close())
	}
	return &prepared{plan, place, kubernetes, builds}, nil
}

// measure runs the sessions of the plan that the run does not have, and those
// that the decision asks for, and keeps them.
func (a *app) measure(ctx context.Context, cfg config.Config, r *prepared, dir string, run *bench.Record, record *bench.Writer) error {
	next, err := a.newNext(ctx, cfg, run.Header)
	if err != nil {
		return err
	}
	// The gate shares the machine with what it measures: memory is cheaper there
	// than the CPU time of collecting it.
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	progress := newProgress(a, r.plan, len(run.Sessions))
	defer progress.close()
	sessions := runner.Runner{
		Cluster: r.cluster, Builds: r.builds, Timeout: operationTimeout,
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

// environment describes the machine and the cluster.
func (a *app) environment(r *prepared) bench.Environment {
	image := strings.Trim(a.getenv("ImageOS")+" "+a.getenv("ImageVersion"), " ")
	environment := meter.Environment(image)
	environment.Kubernetes = r.kubernetes
	if place, ok := r.cluster.(*kind.Cluster); ok {
		environment.NodeImage = place.Image()
	}
	return environment
}
