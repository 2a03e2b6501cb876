package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// A Round is a session of each arm, or of head alone.
type Round struct {
	Number int // from 0, over all phases
	Phase  bench.Phase
	Arms   []bench.Arm // in order
	// At is the round's position, from 1, among Of rounds: those that confirm, or those
	// that the run may have before them.
	At, Of int

	first int // index of its first session
	// only are the benchmarks to measure; nil means all planned ones.
	only []string
}

// sessions returns the sessions of the round, without what they measured.
func (r Round) sessions() []bench.Session {
	sessions := make([]bench.Session, len(r.Arms))
	for i, arm := range r.Arms {
		sessions[i] = bench.Session{Index: r.first + i, Round: r.Number, Arm: arm, Phase: r.Phase}
	}
	return sessions
}

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
	if s.Failed == "" || s.Aborted {
		return nil
	}
	if c.failed[s.Arm]++; c.failed[s.Arm] < min(maxFailed, c.plan.Rounds) {
		return nil
	}
	return fmt.Errorf("%d of %d sessions of %s failed, the last with: %s", c.failed[s.Arm], c.plan.Rounds, s.Arm, s.Cause())
}

// run runs the sessions of a round that are missing, at once or one after the other.
func (c *course) run(ctx context.Context, r Round) error {
	missing := slices.DeleteFunc(r.sessions(), func(s bench.Session) bool { return c.have[s.Index] })
	if len(missing) == 0 {
		return nil
	}
	c.runner.Observer.RoundStarted(r)
	atOnce := 1
	if c.plan.Turns == bench.ByBlock {
		atOnce = len(missing)
	}
	var round []bench.Session
	var enough error // of failed sessions
	for sessions := range slices.Chunk(missing, atOnce) {
		if err := c.runner.runSessions(ctx, c.plan, sessions, r.only); err != nil {
			return fmt.Errorf("round %d of %d: %w", r.At, r.Of, err)
		}
		if err := c.runner.Record(sessions...); err != nil {
			return err
		}
		round = append(round, sessions...)
		for _, s := range sessions {
			enough = errors.Join(enough, c.count(s))
		}
		if enough != nil {
			break
		}
	}
	c.runner.Observer.RoundDone(r, round)
	return enough
}

// runAll runs the rounds of the plan, and then those beyond it. These continue the plan's
// indexes and rounds. Each has both arms.
func (c *course) runAll(ctx context.Context) error {
	index, number := 0, 0
	next := func(phase bench.Phase, at, of int, only []string) error {
		arms := armsOf(c.plan, number)
		r := Round{number, phase, arms, at, of, index, only}
		index += len(arms)
		number++
		return c.run(ctx, r)
	}
	for number < c.plan.Rounds {
		if err := next(bench.Planned, number+1, c.plan.Rounds, nil); err != nil {
			return err
		}
	}
	for c.runner.More != nil && number < c.plan.MaxRounds && (c.begun(bench.More, number) || c.runner.More(c.but(bench.Confirm))) {
		if err := next(bench.More, number+1, c.plan.MaxRounds, nil); err != nil {
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
	for i := range n {
		if err := next(bench.Confirm, i+1, n, benchmarks); err != nil {
			return err
		}
	}
	return nil
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
