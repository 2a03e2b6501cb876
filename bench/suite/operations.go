package suite

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/kro/perf-gate/bench"
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

// describe adds the latency metrics of a benchmark's samples.
func describe(metrics map[string]float64, samples []float64) {
	sorted := slices.Sorted(slices.Values(samples))
	total := 0.0
	for _, s := range sorted {
		total += s
	}
	metrics[bench.ReadyMeanSec] = total / float64(len(sorted))
	metrics[bench.ReadyMinSec] = sorted[0]
	metrics[bench.ReadyMaxSec] = sorted[len(sorted)-1]
	for name, p := range map[string]float64{bench.ReadyP50Sec: 0.50, bench.ReadyP95Sec: 0.95, bench.ReadyP99Sec: 0.99} {
		metrics[name] = percentile(sorted, p)
	}
}

// percentile returns the nearest-rank percentile of sorted samples (Hyndman and Fan
// 1996, type 1). It is always a measured value.
func percentile(sorted []float64, p float64) float64 {
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
