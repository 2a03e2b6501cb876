// Package runner turns a plan into a record: it runs the planned sessions in
// order, each with a fresh API and a fresh controller, and hands on what they
// measured. It knows no statistics.
package runner

import (
	"context"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/pprof"
)

// LogsDir is the directory for logs in that of a run.
const LogsDir = "logs"

// maxFailed is how many sessions of one arm may fail before a run gives up; it
// gives up sooner when the arm has no more.
const maxFailed = 2

// A Runner measures builds on a cluster.
type Runner struct {
	Cluster cluster.Cluster
	Builds  map[bench.Arm]*kro.Build // with the settings applied
	// Timeout bounds one operation, and the controller's start.
	Timeout time.Duration
	// Dir is the directory of the run: what the processes of each session write
	// goes to logs in it, profiles to a directory of their own.
	Dir string
	// Pprof are the kinds of pprof profiles to take. The builds must be able to serve them.
	Pprof []pprof.Kind
	// More says, after the planned rounds and each further one, whether another
	// round is wanted, up to the plan's maximum; nil never wants one.
	More func(sessions []bench.Session) bool
	// Confirm names the benchmarks that are to be measured again at the end, and
	// in how many rounds; nil names none.
	Confirm func(sessions []bench.Session) (benchmarks []string, rounds int)
	// Record takes each session as it ends.
	Record func(bench.Session) error
	// Observer is told how the run goes on.
	Observer Observer
}

// An Observer follows a run. Its methods are called from one goroutine at a
// time and must not block.
type Observer interface {
	SessionStarted(index, of int, arm bench.Arm)
	BenchmarkStarted(b bench.Benchmark)
	OperationDone(seconds float64)
	SessionDone(s bench.Session)
}

// Run runs the sessions of the plan that are not in done, then the rounds that
// More wants and those that Confirm asks for. A session that fails midway is
// recorded as failed and the run goes on; when sessions cannot be started, or
// keep failing, the error says why.
func (r *Runner) Run(ctx context.Context, plan bench.Plan, done []bench.Session) error {
	c := &course{runner: r, plan: plan, have: map[int]bool{}, failed: map[bench.Arm]int{}}
	for _, s := range done {
		if err := c.count(s); err != nil {
			return err
		}
	}
	for i, arm := range plan.Order {
		if err := c.run(ctx, job{index: i, round: round(plan, i), arm: arm}); err != nil {
			return err
		}
	}
	return c.runBeyond(ctx)
}

// window is how long the controller must have been without a request to have
// settled: longer than the delay after which it comes back on its own, for the
// slower of the two builds, so that both arms are treated alike.
func (r *Runner) window() time.Duration {
	var delay time.Duration
	for _, build := range r.Builds {
		delay = max(delay, build.Delay())
	}
	return delay + settleMargin
}

// settleMargin covers a timer that fires late on a busy machine.
const settleMargin = 150 * time.Millisecond
