// Package runner turns a plan into a record: it runs the planned sessions in
// order, each with a fresh API and a fresh controller, and hands on what they
// measured. It knows no statistics.
package runner

import (
	"context"
	"fmt"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/profile"
)

// LogsDir is the directory for logs in that of a run.
const LogsDir = "logs"

// maxFailed is how many sessions of one arm may fail before a run gives up; it
// gives up sooner when the arm has no more.
const maxFailed = 2

// A Runner measures builds on a cluster.
type Runner struct {
	Cluster cluster.Cluster
	Builds  map[bench.Arm]*kro.Build // with the profile applied
	Profile kro.Profile
	// Timeout bounds one operation, and the controller's start.
	Timeout time.Duration
	// Dir is the directory of the run: what the processes of each session write
	// goes to logs in it, profiles to a directory of their own.
	Dir string
	// Profiles are the kinds of pprof profiles to take, of builds that can.
	Profiles []profile.Kind
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

// Run runs the sessions of the plan that are not in done. A session that fails
// midway is recorded as failed and the run goes on; when sessions cannot be
// started, or keep failing, the error says why.
func (r *Runner) Run(ctx context.Context, plan bench.Plan, done []bench.Session) error {
	have := make(map[int]bool)
	failed := make(map[bench.Arm]int)
	count := func(s bench.Session) error {
		if s.Failed == "" {
			return nil
		}
		if failed[s.Arm]++; failed[s.Arm] < min(maxFailed, plan.Rounds) {
			return nil
		}
		return fmt.Errorf("%d of %d sessions of %s failed, the last with: %s", failed[s.Arm], plan.Rounds, s.Arm, s.Cause())
	}
	for _, s := range done {
		have[s.Index] = true
		if err := count(s); err != nil {
			return err
		}
	}
	for i, arm := range plan.Order {
		if have[i] {
			continue
		}
		r.Observer.SessionStarted(i, len(plan.Order), arm)
		session, err := r.session(ctx, plan, i)
		if err != nil {
			return fmt.Errorf("session %d of %d (%s): %w", i+1, len(plan.Order), arm, err)
		}
		if err := r.Record(session); err != nil {
			return err
		}
		r.Observer.SessionDone(session)
		if err := count(session); err != nil {
			return err
		}
	}
	return nil
}

// window is how long the controller must have been without a request to have
// settled: longer than the delay after which it comes back on its own, for the
// slower of the two builds, so that both arms are treated alike.
func (r *Runner) window() time.Duration {
	var delay time.Duration
	for _, build := range r.Builds {
		delay = max(delay, r.Profile.Delay(build))
	}
	return delay + settleMargin
}

// settleMargin covers a timer that fires late on a busy machine.
const settleMargin = 150 * time.Millisecond
