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

// A job is one session to run.
type job struct {
	index, round int
	arm          bench.Arm
	phase        bench.Phase
	// only are the benchmarks to measure; nil means all planned ones.
	only []string
}

// runSession runs one session of the plan. If it returns an error, s is not worth
// recording and no further session is worth starting. All other errors are in s.
func (r *Runner) runSession(ctx context.Context, plan bench.Plan, j job) (s bench.Session, err error) {
	s = bench.Session{Index: j.index, Round: j.round, Arm: j.arm, Phase: j.phase, Started: time.Now().UTC()}
	workload := meter.Workload()
	own := cluster.Since(ownUsage)
	stage, err := r.start(ctx, j.index, j.arm)
	if err != nil {
		return s, err
	}
	usage := map[string]func() (process.Usage, error){"gate": own, "controller": stage.controller.Usage}
	for name, read := range stage.api.Processes() { // the cluster measures a controller that runs in it
		usage[name] = read
	}
	sampler := meter.StartSampler(meter.SampleInterval, usage)
	err = r.measure(ctx, stage, plan, j.only, &s)
	s.Usage = sampler.Stop()
	s.Cost = costs(s.Usage)
	ended := stage.api.Ended()
	stopped := errors.Join(stage.controller.Stop(), stage.api.Stop())
	if ended == nil { // otherwise there is nothing left to stop
		err = errors.Join(err, stopped)
	}
	workload = append(workload, meter.Workload()...)
	s.Control = map[string]float64{bench.ControlCPU: meter.WorkloadSeconds(workload)}
	s.Seconds = time.Since(s.Started).Seconds()
	if ctx.Err() != nil {
		return s, context.Cause(ctx)
	}
	if err != nil {
		s.Failed = err.Error()
	}
	return s, nil
}

// round returns the number of earlier sessions of the same arm in the plan.
func round(plan bench.Plan, index int) int {
	n := 0
	for _, arm := range plan.Order[:index] {
		if arm == plan.Order[index] {
			n++
		}
	}
	return n
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
	profiled := len(r.Pprof) > 0
	if inside, ok := api.(cluster.Inside); ok {
		return build.Deploy(ctx, kro.Deployment{
			Config: api.Config(), Namespace: cluster.KRONamespace, Labels: cluster.Labels,
			LoadImage: inside.LoadImage, Log: log, Pprof: profiled, Ready: r.Timeout,
		})
	}
	addresses, err := process.FreeAddresses(3)
	if err != nil {
		return nil, err
	}
	run := kro.Run{
		Kubeconfig: api.Kubeconfig(), Log: log,
		Metrics: addresses[0], Probes: addresses[1], Ready: r.Timeout,
	}
	if profiled {
		run.Pprof = addresses[2]
	}
	return build.Start(ctx, run)
}

// measure prepares all scenarios of the plan, runs them, and adds their results to s.
func (r *Runner) measure(ctx context.Context, stage *stage, plan bench.Plan, only []string, s *bench.Session) error {
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
	err := r.runScenarios(ctx, stage, plan, only, s)
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

func (r *Runner) runScenarios(ctx context.Context, stage *stage, plan bench.Plan, only []string, s *bench.Session) error {
	counters := &meter.Meter{
		Metrics: stage.controller.Metrics(), Usage: stage.controller.Usage,
		Counter: stage.api.Counter(), Writes: stage.api.Writes(),
	}
	lab := &suite.Lab{
		Client: stage.client, REST: stage.rest, Timeout: r.Timeout,
		Namespace: namespace(s.Index), Labels: cluster.Labels,
		Meter:    counters,
		Settle:   func(ctx context.Context) error { return counters.Settle(ctx, r.window(), r.Timeout) },
		Started:  r.Observer.BenchmarkStarted,
		Progress: r.Observer.OperationDone,
		Emit: func(result bench.Result) {
			if only == nil || slices.Contains(only, result.Benchmark) {
				s.Results = append(s.Results, result)
			}
		},
	}
	lab.Seed(plan.Seed + uint64(s.Round)) // both arms of a round use the same names
	list := scenarios(plan)
	if only != nil {
		list = slices.DeleteFunc(list, func(sc suite.Scenario) bool {
			return !slices.ContainsFunc(sc.Benchmarks, func(b bench.Benchmark) bool { return slices.Contains(only, b.Name) })
		})
	}
	if err := lab.Prepare(ctx, list); err != nil {
		return err
	}
	return r.takePprof(ctx, stage, s, only, func() error {
		for _, scenario := range list {
			if err := scenario.Run(ctx, lab); err != nil {
				return err
			}
		}
		return nil
	})
}

// takePprof does the work of a session and meanwhile takes the pprof profiles that the run
// wants. It takes none of a session with only some of the benchmarks, because they would
// not be comparable.
func (r *Runner) takePprof(ctx context.Context, stage *stage, s *bench.Session, only []string, work func() error) error {
	if len(r.Pprof) == 0 || only != nil {
		return work()
	}
	endpoint := stage.controller.Pprof()
	collector := pprof.Start(ctx, cmp.Or(endpoint.Client, http.DefaultClient), endpoint.URL, r.Pprof)
	failed := work()
	profiles, err := collector.Stop(ctx)
	if failed != nil {
		return failed
	}
	return errors.Join(err, pprof.Write(r.Dir, s.Index, s.Arm, profiles))
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
