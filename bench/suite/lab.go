package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
)

// A Lab is what one session gives the scenarios to work with.
type Lab struct {
	Client    dynamic.Interface
	REST      rest.Interface // for watches, whose events the lab decodes itself
	Namespace string
	// Labels are on everything that the lab creates in the cluster's scope, so
	// that it can be told from what others have there.
	Labels map[string]string
	// Timeout bounds one operation; past it the operation has failed.
	Timeout time.Duration
	Meter   *meter.Meter
	// Settle waits until the controller has done all it will do on its own.
	Settle func(ctx context.Context) error
	// Started is told which benchmark begins, Progress of each operation that
	// ends, Emit of each finished result.
	Started  func(bench.Benchmark)
	Progress func(seconds float64)
	Emit     func(bench.Result)

	prefix string
	next   int
}

// Seed makes names a function of the seed. All names of a lab have one length,
// because the bytes on the wire are counted.
func (l *Lab) Seed(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = byte('a' + random.IntN(26))
	}
	l.prefix, l.next = string(letters), 0
}

// Name returns a name that the lab has not given out before.
func (l *Lab) Name() string {
	l.next++
	return fmt.Sprintf("%s-%05d", l.prefix, l.next)
}

// Names returns n new names.
func (l *Lab) Names(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = l.Name()
	}
	return names
}

// An Operation does one operation and returns when its outcome was received;
// the zero time where KRO shows no outcome.
type Operation func(ctx context.Context, i int) (received time.Time, err error)

// Measure runs a benchmark's operations, one after the other or from several
// workers, between two readings of the counters, and emits the result. The
// controller is settled when Measure begins, and again when it returns. An
// operation that fails is counted, not dropped; the error that Measure returns
// is one that ends the session.
func (l *Lab) Measure(ctx context.Context, b bench.Benchmark, workers int, do Operation) error {
	l.Started(b)
	before, err := l.Meter.Begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	ops := l.run(ctx, b.Ops, workers, do)
	cpu, cpuMeasured, err := l.Meter.CPUSeconds()
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	worked := time.Since(before.Time).Seconds()
	if err := l.Settle(ctx); err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	after, err := l.Meter.End(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}

	metrics := meter.Diff(before, after, b.Ops)
	metrics[bench.ErrorsPerOp] = float64(ops.failed) / float64(b.Ops)
	result := bench.Result{
		Benchmark: b.Name, Ops: b.Ops, Errors: ops.failed, Messages: ops.messages,
		Seconds: after.Time.Sub(before.Time).Seconds(), Metrics: metrics,
	}
	if len(ops.samples) > 0 {
		metrics[bench.OpsPerSec] = float64(len(ops.samples)) / ops.last.Sub(before.Time).Seconds()
		if cpuMeasured {
			metrics[bench.CPUPercent] = 100 * (cpu - before.Usage.CPUSeconds) / worked
		}
		describe(metrics, ops.samples)
		result.Samples = map[string][]float64{bench.ReadySamples: ops.samples}
	}
	l.Emit(result)
	return nil
}
