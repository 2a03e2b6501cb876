package suite

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
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

	// Seconds from the start of each block to its last outcome, and to its end.
	toOutcome, toEnd float64
}

// runBlocks runs a benchmark's operations in the lab's turns.
func (l *Lab) runBlocks(ctx context.Context, b bench.Benchmark, pace Pace, do Operation) (*operations, error) {
	ops, next := &operations{}, 0
	for i, n := range l.Turns.blocks(b, pace) {
		if pace.Settled && i > 0 {
			if err := l.Settle(ctx); err != nil {
				return nil, err
			}
		}
		if err := l.Turns.take(ctx); err != nil {
			return nil, err
		}
		began := time.Now()
		l.run(ctx, ops, next, n, pace.Workers, do)
		ops.toEnd += time.Since(began).Seconds()
		if ops.last.After(began) {
			ops.toOutcome += ops.last.Sub(began).Seconds()
		}
		l.Turns.pass()
		next += n
	}
	return ops, nil
}

// result returns what the operations cost between two readings.
func (ops *operations) result(b bench.Benchmark, before, after meter.Reading) bench.Result {
	metrics := meter.Diff(before, after, b.Ops)
	metrics[bench.ErrorsPerOp] = float64(ops.failed) / float64(b.Ops)
	result := bench.Result{
		Benchmark: b.Name, Ops: b.Ops, Errors: ops.failed, Messages: ops.messages,
		Seconds: after.Time.Sub(before.Time).Seconds(), Metrics: metrics,
	}
	if len(ops.samples) > 0 {
		metrics[bench.OpsPerSec] = float64(len(ops.samples)) / ops.toOutcome
		if cpu, measured := metrics[bench.CPUSecPerOp]; measured {
			metrics[bench.CPUPercent] = 100 * cpu * float64(b.Ops) / ops.toEnd
		}
		maps.Copy(metrics, bench.Latencies(ops.samples))
		result.Samples = map[string][]float64{bench.ReadySamples: ops.samples}
	}
	return result
}

// run runs n operations, from an index on, from a number of workers and waits for all.
func (l *Lab) run(ctx context.Context, ops *operations, from, n, workers int, do Operation) {
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
		indexes <- from + i
	}
	close(indexes)
	running.Wait()
}

// limit returns a context for one operation, with the lab's timeout.
func (l *Lab) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, l.Timeout, fmt.Errorf("no outcome after %s", l.Timeout))
}

// runOne runs and times one operation.
func (l *Lab) runOne(ctx context.Context, i int, do Operation, ops *operations) {
	limited, cancel := l.limit(ctx)
	defer cancel()
	began, received, err := do(limited, i)
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
	seconds := received.Sub(began).Seconds()
	ops.samples = append(ops.samples, seconds)
	if received.After(ops.last) {
		ops.last = received
	}
	l.Progress(seconds)
}
