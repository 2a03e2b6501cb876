package suite

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// maxMessages is the number of errors of a benchmark whose texts are kept.
const maxMessages = 3

// operations collects the outcomes of one benchmark's operations.
type operations struct {
	mu       sync.Mutex
	samples  []float64 // seconds from start to outcome, in order of their ends
	failed   int
	messages []string
	last     time.Time // receipt of the last outcome
}

// run runs n operations from a number of workers and waits for all.
func (l *Lab) run(ctx context.Context, n, workers int, do Operation) *operations {
	ops := &operations{}
	indexes := make(chan int)
	var running sync.WaitGroup
	for range workers {
		running.Go(func() {
			for i := range indexes {
				l.runOne(ctx, i, do, ops)
			}
		})
	}
	for i := range n {
		indexes <- i
	}
	close(indexes)
	running.Wait()
	return ops
}

// limit returns a context for one operation, with the lab's timeout.
func (l *Lab) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("no outcome after %s", l.Timeout))
}

// runOne runs and times one operation.
func (l *Lab) runOne(ctx context.Context, i int, do Operation, ops *operations) {
	limited, cancel := l.limit(ctx)
	defer cancel()
	start := time.Now()
	received, err := do(limited, i)
	if err != nil && limited.Err() != nil {
		err = fmt.Errorf("%w: %w", context.Cause(limited), err)
	}
	ops.mu.Lock()
	defer ops.mu.Unlock()
	if err != nil {
		ops.failed++
		if len(ops.messages) < maxMessages {
			ops.messages = append(ops.messages, err.Error())
		}
		return
	}
	if received.IsZero() {
		return // done, but without a visible outcome
	}
	seconds := received.Sub(start).Seconds()
	ops.samples = append(ops.samples, seconds)
	if received.After(ops.last) {
		ops.last = received
	}
	l.Progress(seconds)
}
