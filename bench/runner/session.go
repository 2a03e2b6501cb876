package runner

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/bench/process"
	"github.com/kro/perf-gate/bench/suite"
	"github.com/kro/perf-gate/bench/workload"
)

// namespace returns the name of the namespace for a session's instances. All names have
// the same length, because the bytes on the wire are counted.
func namespace(index int) string { return fmt.Sprintf("perf-gate-%03d", index) }

// A stage is a fresh API and a fresh controller, for one session.
type stage struct {
	api        cluster.API
	client     dynamic.Interface
	rest       rest.Interface
	controller kro.Controller
}

// A job is a session to run.
type job struct {
	*bench.Session // gets what is measured
	plan           bench.Plan
	// only are the benchmarks to measure; nil means all planned ones.
	only  []string
	turns *suite.Turns
	// shared are the processes that work for all sessions that run at once, if their usage
	// goes to this one.
	shared map[string]cluster.Usage
}

// runSessions runs sessions at once and adds what they measured. They are those of both
// arms of a round, or one. If one fails, the other is stopped. If runSessions returns an
// error, none is worth recording, and no further one is worth starting.
func (r *Runner) runSessions(ctx context.Context, plan bench.Plan, sessions []bench.Session, only []string) error {
	workload := meter.Workload()
	var err error
	if r.Go != nil {
		err = r.runGo(ctx, plan, sessions, only)
	} else {
		err = r.runJobs(ctx, plan, sessions, only)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	workload = append(workload, meter.Workload()...)
	for i := range sessions {
		sessions[i].Control = map[string]float64{bench.ControlCPU: meter.WorkloadSeconds(workload)}
	}
	return err
}

// runGo runs Go benchmarks in the sessions.
func (r *Runner) runGo(ctx context.Context, plan bench.Plan, sessions []bench.Session, only []string) error {
	began := time.Now()
	list := make([]*bench.Session, len(sessions))
	for i := range sessions {
		list[i] = &sessions[i]
		list[i].Started = began.UTC()
	}
	err := r.Go.Run(ctx, *plan.Go, list, only, r.Observer.BenchmarkStarted)
	for _, s := range list {
		s.Seconds = time.Since(began).Seconds()
	}
	return err
}

// runJobs runs the sessions on the cluster, each with a KRO of its own.
func (r *Runner) runJobs(ctx context.Context, plan bench.Plan, sessions []bench.Session, only []string) error {
	jobs := make([]job, len(sessions))
	for i := range sessions {
		jobs[i] = job{Session: &sessions[i], plan: plan, only: only}
	}
	if len(jobs) == 2 {
		jobs[0].turns, jobs[1].turns = suite.TakeTurns()
	}
	jobs[0].shared = map[string]cluster.Usage{"gate": cluster.Since(ownUsage)}
	together, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running errgroup.Group
	for _, j := range jobs {
		running.Go(func() error {
			defer j.turns.Leave()
			err := r.runSession(together, j)
			if err != nil {
				cancel(err)
			} else if j.Failed != "" {
				cancel(abortedError{j.Arm})
			}
			return err
		})
	}
	return running.Wait()
}

// An abortedError ends the session of an arm because the other arm of its round failed.
type abortedError struct{ other bench.Arm }

func (e abortedError) Error() string { return string(e.other) + " failed in the same round" }

// runSession runs one session and adds what it measured. If it returns an error, the
// session could not be started. All other errors are in the session.
func (r *Runner) runSession(ctx context.Context, j job) error {
	j.Started = time.Now().UTC()
	stage, err := r.start(ctx, j.Index, j.Arm)
	if err != nil {
		return fmt.Errorf("%s: %w", j.Arm, err)
	}
	usage := map[string]func() (process.Usage, error){"controller": stage.controller.Usage}
	for _, processes := range []map[string]cluster.Usage{j.shared, stage.api.Processes()} {
		for name, read := range processes { // the cluster measures a controller that runs in it
			usage[name] = read
		}
	}
	sampler := meter.StartSampler(meter.SampleInterval, usage)
	err = r.measure(ctx, stage, j)
	j.Usage = sampler.Stop()
	j.Cost = costs(j.Usage)
	ended := stage.api.Ended()
	stopped := errors.Join(stage.controller.Stop(), stage.api.Stop())
	if ended == nil { // otherwise there is nothing left to stop
		err = errors.Join(err, stopped)
	}
	j.Seconds = time.Since(j.Started).Seconds()
	if cause := context.Cause(ctx); cause != nil { // more to the point than what it led to
		err = cause
		_, j.Aborted = errors.AsType[abortedError](cause)
	}
	if err != nil {
		j.Failed = err.Error()
	}
	return nil
}

// start starts the session's API, creates KRO's CRDs in it, and starts KRO.
func (r *Runner) start(ctx context.Context, index int, arm bench.Arm) (_ *stage, err error) {
	build := r.Builds[arm]
	dir := filepath.Join(r.Dir, LogsDir, fmt.Sprintf("%03d-%s", index, arm))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	api, err := r.Cluster.Start(ctx, cluster.Session{Arm: arm, Dir: dir})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, api.Stop())
		}
	}()
	client, err := dynamic.NewForConfig(api.Config())
	if err != nil {
		return nil, err
	}
	raw, err := unversioned(api.Config())
	if err != nil {
		return nil, err
	}
	if build.CRDs != "" { // an installed KRO has its CRDs
		if err := installCRDs(ctx, client, build.CRDs); err != nil {
			return nil, err
		}
	}
	controller, err := r.startController(ctx, build, api, filepath.Join(dir, "kro.log"))
	if err != nil {
		return nil, err
	}
	return &stage{api, client, raw, controller}, nil
}

// startController starts KRO where it runs: as a pod in the cluster, or as a process
// next to it.
func (r *Runner) startController(ctx context.Context, build *kro.Build, api cluster.API, log string) (kro.Controller, error) {
	if inside, ok := api.(cluster.Inside); ok {
		return build.Deploy(ctx, kro.Deployment{
			Config: api.Config(), Namespace: cluster.KRONamespace, Labels: cluster.Labels,
			LoadImage: inside.LoadImage, Log: log, Ready: r.Timeout,
		})
	}
	addresses, err := process.FreeAddresses(3)
	if err != nil {
		return nil, err
	}
	return build.Start(ctx, kro.Run{
		Kubeconfig: api.Kubeconfig(), Log: log,
		Metrics: addresses[0], Probes: addresses[1], Pprof: addresses[2], Ready: r.Timeout,
	})
}

// measure prepares all scenarios of the plan, runs them, and adds their results.
func (r *Runner) measure(ctx context.Context, stage *stage, j job) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // the end of the controller or the API ends the session
		select {
		case <-ctx.Done():
		case <-stage.controller.Done():
			cancel(stage.controller.Exited())
		case <-stage.api.Done():
			cancel(stage.api.Ended())
		}
	}()
	err := r.runScenarios(ctx, stage, j)
	if err != nil { // a process drops its connections a moment before it ends
		select {
		case <-ctx.Done():
		case <-time.After(goneAfter):
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// goneAfter is much longer than it takes to notice the end of a process, or of an API that
// is asked every second.
const goneAfter = 3 * time.Second

func (r *Runner) runScenarios(ctx context.Context, stage *stage, j job) error {
	counters := &meter.Meter{
		Metrics: stage.controller.Metrics(), Process: stage.controller,
		Counter: stage.api.Counter(), Writes: stage.api.Writes(),
	}
	if r.allServePprof() {
		counters.Pprof = stage.controller.Pprof()
	}
	window := settleWindow(r.Builds)
	lab := &suite.Lab{
		Client: stage.client, REST: stage.rest, Timeout: r.Timeout,
		Namespace: namespace(j.Index), Labels: cluster.Labels,
		Meter: counters, Turns: j.turns,
		Settle:   func(ctx context.Context) error { return counters.Settle(ctx, window, r.Timeout) },
		Started:  func(b bench.Benchmark) { r.Observer.BenchmarkStarted(j.Arm, b) },
		Progress: func(seconds float64) { r.Observer.OperationDone(j.Arm, seconds) },
		Emit: func(result bench.Result) {
			if j.only == nil || slices.Contains(j.only, result.Benchmark) {
				j.Results = append(j.Results, result)
			}
		},
	}
	if c, ok := stage.controller.(kro.Restarter); ok {
		lab.Restart = func(own *workload.Controller) error {
			builds, err := r.configured(j.plan, own)
			if err != nil {
				return err
			}
			window = settleWindow(builds)
			return c.Restart(builds[j.Arm])
		}
	}
	lab.Seed(j.plan.Seed + uint64(j.Round)) // both arms of a round use the same names
	list := scenarios(j.plan, r.Workloads)
	if j.only != nil {
		list = slices.DeleteFunc(list, func(sc workload.Scenario) bool {
			return !slices.ContainsFunc(sc.Benchmarks, func(b workload.Benchmark) bool { return slices.Contains(j.only, b.Name) })
		})
	}
	if _, inside := stage.api.(cluster.Inside); !inside { // a process beside an API server alone
		if err := lab.MakeReady(ctx, list); err != nil {
			return err
		}
	}
	if err := lab.Prepare(ctx, list); err != nil {
		return err
	}
	run := func(list []workload.Scenario) error {
		for _, scenario := range list {
			if err := lab.Run(ctx, scenario); err != nil {
				return err
			}
		}
		return nil
	}
	plain, restarting := partition(list)
	if err := r.takePprof(ctx, stage, j, func() error { return run(plain) }); err != nil {
		return err
	}
	return run(restarting)
}

// allServePprof reports whether all builds serve pprof profiles. Otherwise the meter uses
// none: it would not measure the same thing in both arms.
func (r *Runner) allServePprof() bool {
	for _, build := range r.Builds {
		if !build.Pprof {
			return false
		}
	}
	return true
}

// takePprof does the work of a session and meanwhile takes the pprof profiles that the run
// wants. It takes none of a session with only some of the benchmarks, because they would
// not be comparable.
func (r *Runner) takePprof(ctx context.Context, stage *stage, j job, work func() error) error {
	if len(r.Pprof) == 0 || j.only != nil {
		return work()
	}
	endpoint := stage.controller.Pprof()
	collector := pprof.Start(ctx, cmp.Or(endpoint.Client, http.DefaultClient), endpoint.URL, r.Pprof)
	failed := work()
	profiles, err := collector.Stop(ctx)
	if failed != nil {
		return failed
	}
	return errors.Join(err, pprof.Write(r.Dir, j.Index, j.Arm, profiles))
}

// unversioned returns a client that does not decode answers into API types.
func unversioned(config *rest.Config) (rest.Interface, error) {
	config.NegotiatedSerializer = scheme.Codecs.WithoutConversion()
	return rest.UnversionedRESTClientFor(config)
}

// ownUsage returns what the gate itself has used.
func ownUsage() (process.Usage, error) { return process.UsageOf(os.Getpid()) }

// costs returns what each process had used at its last reading.
func costs(usage map[string]bench.Timeline) map[string]bench.Cost {
	costs := make(map[string]bench.Cost, len(usage))
	for name, line := range usage {
		last := len(line.Seconds) - 1
		costs[name] = bench.Cost{CPUSeconds: line.CPUSeconds[last], ResidentB: line.ResidentB[last]}
	}
	return costs
}
