package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gotest"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/micro"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
)

// wantsGo reports whether the configured suites are Go benchmarks, which need no cluster
// and no running KRO.
func wantsGo(cfg config.Config) (bool, error) {
	golang := slices.DeleteFunc(slices.Clone(cfg.Suites), func(suite string) bool { return !isGo(suite) })
	switch {
	case len(golang) == 0:
		return false, nil
	case len(golang) < len(cfg.Suites) || len(cfg.Workloads) > 0:
		return false, exit.Usagef("the suites %s and %s are measured in a run of their own; leave out the other suites and workloads", bench.GoSuite, bench.MicroSuite)
	case len(cfg.Pprof) > 0:
		return false, exit.Usagef("the suite %s takes no pprof profiles; leave out pprof", golang[0])
	}
	return true, nil
}

func isGo(suite string) bool { return bench.Benchmark{Suite: suite}.InProcess() }

// request returns the Go benchmarks of suites, those that g selects.
func request(suites []string, g bench.GoBenchmarks, profile string, changed bool) gotest.Request {
	r := gotest.Request{
		Own: slices.Contains(suites, bench.GoSuite), Bench: g.Bench, Packages: g.Packages, Source: g.Source,
		Changed: changed, Limit: runner.GoLimit(profile),
	}
	if slices.Contains(suites, bench.MicroSuite) {
		r.Extra = &gotest.Extra{Package: micro.Package, Benchmark: micro.Benchmark}
		for _, a := range micro.Adapters() {
			r.Extra.Adapters = append(r.Extra.Adapters, gotest.Adapter(a))
		}
	}
	return r
}

// A source is the source of both arms with its Go benchmarks compiled.
type source struct {
	work    string // directory of all that was made
	benches *gotest.Benches
	infos   map[bench.Arm]bench.Build
}

// Close removes what was made.
func (s *source) Close() error { return os.RemoveAll(s.work) }

// prepareGo compiles the Go benchmarks in the source of the builds.
func prepareGo(ctx context.Context, r gotest.Request, refs map[bench.Arm]kro.Ref, cache string, log io.Writer) (_ *source, err error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp(cache, "go-")
	if err != nil {
		return nil, err
	}
	s := &source{work: work, infos: map[bench.Arm]bench.Build{}}
	defer func() {
		if err != nil && ctx.Err() != nil {
			err = fmt.Errorf("%s before the first session", endedBy(ctx))
		}
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	r.Dir, r.Trees = work, map[bench.Arm]*gotest.Tree{}
	r.Progress = func(line string) { fmt.Fprintln(log, line) }
	for arm, ref := range refs {
		// Both copies have paths of one length, which programs can see.
		dir := filepath.Join(work, string(arm))
		tree := &gotest.Tree{Module: ref.Module, Copy: dir}
		if tree.Dir, err = ref.Tree(ctx, dir); err != nil {
			return nil, fmt.Errorf("KRO %s: %w", ref.Name, err)
		}
		if tree.Dir != dir {
			if err := tree.CopyTo(dir); err != nil {
				return nil, err
			}
		}
		if ref.Kind == kro.Release { // nothing can be laid over files in the module cache
			tree.Dir = dir
		}
		r.Trees[arm] = tree
	}
	if s.benches, err = gotest.Prepare(ctx, r); err != nil {
		return nil, err
	}
	for arm, ref := range refs {
		if s.infos[arm], err = kro.DescribeSource(ctx, ref, r.Trees[arm].Dir, s.benches.Programs(arm)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// runGo measures the Go benchmarks in the source of the builds in cfg, in the directory dir.
func runGo(ctx context.Context, cfg config.Config, h Host, dir string, acceptable func(bench.Plan) error) (err error) {
	refs, err := resolve(ctx, cfg, h.TargetBranch, h.Log)
	if err != nil {
		return err
	}
	if err := makeRunDir(dir); err != nil {
		return err
	}
	ctx, cancel := limited(ctx, cfg.Timeout)
	defer cancel()
	wanted := bench.GoBenchmarks{Bench: cfg.Go.Bench, Packages: cfg.Go.Packages, Source: bench.Arm(cfg.Go.Source)}
	changed := workload.Profile(cfg.Profile) == workload.Quick && cfg.Go.Bench == ""
	s, err := prepareGo(ctx, request(cfg.Suites, wanted, cfg.Profile, changed), refs, h.Cache, h.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	plan, err := goPlan(cfg, s.benches)
	if err == nil {
		err = acceptable(plan)
	}
	if err != nil {
		return exit.UsageError(err)
	}
	if len(plan.Benchmarks) == 0 {
		return nothingToRun(plan.Go)
	}
	header := bench.Header{
		Schema: bench.Schema, Tool: h.Version, Created: time.Now().UTC(), Plan: plan,
		Environment: meter.Environment(h.Image), Builds: s.infos,
	}
	record, err := bench.Create(filepath.Join(dir, bench.RecordFile), header)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, record.Close()) }()
	return measure(ctx, cfg, h, &prepared{plan: plan, golang: s.benches}, dir, &bench.Record{Header: header}, record)
}

// resumeGo continues the run of Go benchmarks in dir.
func resumeGo(ctx context.Context, cfg config.Config, h Host, dir string, run *bench.Record, record *bench.Writer) (err error) {
	plan := run.Header.Plan
	cfg.Suites = plan.Suites
	refs, err := resolve(ctx, cfg, h.TargetBranch, h.Log)
	if err != nil {
		return err
	}
	s, err := prepareGo(ctx, request(plan.Suites, *plan.Go, plan.Profile, len(plan.Go.Same) > 0), refs, h.Cache, h.Log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for arm, is := range s.infos {
		if err := sameBuild(run.Header.Builds[arm], is); err != nil {
			return err
		}
	}
	return measure(ctx, cfg, h, &prepared{plan: plan, golang: s.benches}, dir, run, record)
}

// nothingToRun says why there is no benchmark to measure.
func nothingToRun(g *bench.GoBenchmarks) error {
	switch {
	case len(g.Broken) > 0:
		for _, arm := range bench.Arms {
			for _, label := range slices.Sorted(maps.Keys(g.Broken[arm])) {
				return fmt.Errorf("no Go benchmark can be measured: the tests of %s in %s do not build:\n%s", label, arm, g.Broken[arm][label])
			}
		}
	case len(g.Failing) > 0:
		name := slices.Min(slices.Collect(maps.Keys(g.Failing)))
		return fmt.Errorf("no Go benchmark can be measured: %s fails: %s", name, g.Failing[name])
	case len(g.Same) > 0:
		return exit.Usagef("there is nothing to measure: the test programs of %s are the same in base and head; use --bench . to measure them all the same", strings.Join(g.Same, ", "))
	}
	return exit.Usagef("no Go benchmark matches; look at --bench and --bench-package")
}

// goPlan returns the plan for Go benchmarks. If the user sets no number of rounds, there are
// as many as it takes for any of them to regress: how many benchmarks there are is not known
// before.
func goPlan(cfg config.Config, b *gotest.Benches) (bench.Plan, error) {
	r := runner.Request{Suites: cfg.Suites, Profile: cfg.Profile, Rounds: cfg.Sessions, MaxRounds: cfg.MaxSessions, Seed: cfg.Seed}
	if !cfg.HeadOnly() {
		r.Turns = bench.ByBlock
	}
	plan, err := runner.GoPlan(r, b)
	if err != nil || cfg.Sessions > 0 {
		return plan, err
	}
	need, err := gate.Needed(plan, cfg.Policy)
	if err != nil || need <= plan.Rounds {
		return plan, err
	}
	r.Rounds = need
	return runner.GoPlan(r, b)
}
