// Package runner turns a plan into a record. It runs the planned sessions in order, each
// with a fresh API and a fresh controller, and passes on their results. It knows no
// statistics.
package runner

import (
	"context"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/gotest"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/bench/workload/directory"
)

// LogsDir is the name of the directory for logs in the directory of a run.
const LogsDir = "logs"

// maxFailed is the number of failed sessions of one arm at which a run gives up. It gives
// up earlier if the arm has fewer sessions.
const maxFailed = 2

// A Runner measures builds on a cluster, or the Go benchmarks in their source.
type Runner struct {
	// Go are the Go benchmarks to measure. If it is set, there is no cluster, and there are
	// no builds.
	Go      *gotest.Benches
	Cluster cluster.Cluster
	Builds  map[bench.Arm]*kro.Build // configured by [kro.Build.With]
	// Workloads are the user's that the plan names.
	Workloads []*directory.Directory
	// Timeout limits one operation, and the start of the controller.
	Timeout time.Duration
	// Dir is the directory of the run. It gets the logs of the processes of each
	// session, and their pprof profiles.
	Dir string
	// Pprof are the kinds of pprof profiles to take. The builds must serve them.
	Pprof []pprof.Kind
	// More reports whether to run another round. It is called after the planned
	// rounds and after each further round, up to the plan's maximum. If it is nil,
	// there are no further rounds.
	More func(sessions []bench.Session) bool
	// Confirm returns the benchmarks to measure again at the end, and the number of
	// rounds. If it is nil, none are measured again.
	Confirm func(sessions []bench.Session) (benchmarks []string, rounds int)
	// Record is called with the sessions that end: those of a round together if they
	// ran at once.
	Record func(...bench.Session) error
	// Observer follows the run.
	Observer Observer
}

// An Observer follows a run. Two arms that run at once call its methods from different
// goroutines. The methods must not block.
type Observer interface {
	RoundStarted(r Round)
	BenchmarkStarted(arm bench.Arm, b bench.Benchmark)
	OperationDone(arm bench.Arm, seconds float64)
	RoundDone(r Round, sessions []bench.Session)
}

// Run runs the sessions of the plan that are not in done, and then the rounds for More and
// for Confirm. A session that fails in the middle is recorded as failed, and so is one
// that runs at once with it; the run continues. If sessions cannot be started, or too many
// fail, Run returns an error.
func (r *Runner) Run(ctx context.Context, plan bench.Plan, done []bench.Session) error {
	c := &course{runner: r, plan: plan, have: map[int]bool{}, failed: map[bench.Arm]int{}}
	for _, s := range done {
		if err := c.count(s); err != nil {
			return err
		}
	}
	return c.runAll(ctx)
}

// window returns the time without a request after which the controller has settled. It is
// longer than the delay after which the controller comes back on its own. Both arms get
// the window of the slower build, so that they are treated alike.
func settleWindow(builds map[bench.Arm]*kro.Build) time.Duration {
	var delay time.Duration
	for _, build := range builds {
		delay = max(delay, build.Delay())
	}
	return delay + settleMargin
}

// settleMargin allows for timers that fire late on a busy machine.
const settleMargin = 150 * time.Millisecond
