package runner

import (
	"context"
	"fmt"

	"github.com/kro/perf-gate/bench"
)

// A course is the state of a run.
type course struct {
	runner   *Runner
	plan     bench.Plan
	have     map[int]bool // sessions by index
	failed   map[bench.Arm]int
	sessions []bench.Session
}

// count adds a session. It returns an error if too many sessions of its arm have failed.
func (c *course) count(s bench.Session) error {
	c.have[s.Index] = true
	c.sessions = append(c.sessions, s)
	if s.Failed == "" {
		return nil
	}
	if c.failed[s.Arm]++; c.failed[s.Arm] < min(maxFailed, c.plan.Rounds) {
		return nil
	}
	return fmt.Errorf("%d of %d sessions of %s failed, the last with: %s", c.failed[s.Arm], c.plan.Rounds, s.Arm, s.Cause())
}

// run runs a session, unless it is done.
func (c *course) run(ctx context.Context, j job) error {
	if c.have[j.index] {
		return nil
	}
	of := max(len(c.plan.Order), j.index+1)
	c.runner.Observer.SessionStarted(j.index, of, j.arm)
	session, err := c.runner.runSession(ctx, c.plan, j)
	if err != nil {
		return fmt.Errorf("session %d of %d (%s): %w", j.index+1, of, j.arm, err)
	}
	if err := c.runner.Record(session); err != nil {
		return err
	}
	c.runner.Observer.SessionDone(session)
	return c.count(session)
}

// runBeyond runs the sessions beyond the plan. They continue the plan's indexes and
// rounds. Each round has both arms, and they take turns to be first.
func (c *course) runBeyond(ctx context.Context) error {
	index, round := len(c.plan.Order), c.plan.Rounds
	rounds := func(phase bench.Phase, n int, only []string) error {
		for ; n > 0; n-- {
			for _, arm := range armsOf(round) {
				if err := c.run(ctx, job{index, round, arm, phase, only}); err != nil {
					return err
				}
				index++
			}
			round++
		}
		return nil
	}
	for c.runner.More != nil && round < c.plan.MaxRounds && (c.begun(bench.More, round) || c.runner.More(c.but(bench.Confirm))) {
		if err := rounds(bench.More, 1, nil); err != nil {
			return err
		}
	}
	if c.runner.Confirm == nil {
		return nil
	}
	benchmarks, n := c.runner.Confirm(c.but(bench.Confirm))
	if len(benchmarks) == 0 {
		return nil
	}
	return rounds(bench.Confirm, n, benchmarks)
}

// begun reports whether an earlier, interrupted course has sessions of the round.
func (c *course) begun(phase bench.Phase, round int) bool {
	for _, s := range c.sessions {
		if s.Phase == phase && s.Round >= round {
			return true
		}
	}
	return false
}

// but returns the sessions of all other phases.
func (c *course) but(phase bench.Phase) []bench.Session {
	var rest []bench.Session
	for _, s := range c.sessions {
		if s.Phase != phase {
			rest = append(rest, s)
		}
	}
	return rest
}
