package suite

import (
	"context"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Turns let two labs run the operations of a benchmark alternately, in the order a b b a a
// b b … a. Whatever disturbs the machine for longer than an operation then disturbs both.
// The one that does not begin a benchmark begins the next. A nil *Turns is that of a lab on
// its own.
type Turns struct {
	first        bool // begins the next benchmark
	mine, others chan struct{}
}

// TakeTurns returns the turns of two labs. The first begins.
func TakeTurns() (first, second *Turns) {
	a, b := make(chan struct{}, 1), make(chan struct{}, 1)
	a <- struct{}{}
	return &Turns{true, a, b}, &Turns{false, b, a}
}

// blocks returns how many operations of a benchmark the lab runs in each of its turns.
func (t *Turns) blocks(b bench.Benchmark, pace Pace) []int {
	switch {
	case pace.Settled:
		return slices.Repeat([]int{1}, b.Ops)
	case t == nil || pace.Workers > 1: // a part of operations that overlap would be other work
		return []int{b.Ops}
	}
	var blocks []int
	left := b.Ops
	if t.first {
		blocks, left = append(blocks, 1), left-1
	}
	for ; left > 0; left -= blocks[len(blocks)-1] {
		blocks = append(blocks, min(2, left))
	}
	if b.Ops%2 == 0 {
		t.first = !t.first
	}
	return blocks
}

// take waits for the turn.
func (t *Turns) take(ctx context.Context) error {
	if t == nil {
		return nil
	}
	select {
	case <-t.mine:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pass gives the turn to the other, unless that has left.
func (t *Turns) pass() {
	if t == nil {
		return
	}
	select {
	case t.others <- struct{}{}:
	default:
	}
}

// Leave lets the other go on alone. The lab has no turns afterwards.
func (t *Turns) Leave() {
	if t != nil {
		close(t.others)
	}
}
