package suite

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/workload"
)

// A Lab is what the scenarios of one session work with.
type Lab struct {
	Client    dynamic.Interface
	REST      rest.Interface // for watches; the lab decodes their events itself
	Namespace string
	// Labels are on all cluster-scoped objects that the lab creates, to distinguish
	// them from those of others.
	Labels map[string]string
	// Timeout limits one operation. An operation that takes longer has failed.
	Timeout time.Duration
	Meter   *meter.Meter
	// Turns are nil where no other lab works at the same time.
	Turns *Turns
	// Settle waits until the controller has nothing left to do.
	Settle func(ctx context.Context) error
	// Restart ends the controller and starts it again, as the session has it or as a workload
	// wants it. It is nil where that is not possible.
	Restart func(*workload.Controller) error
	// Started is called with each benchmark that begins, Progress with the time of
	// each operation that ends, and Emit with each finished result.
	Started  func(bench.Benchmark)
	Progress func(seconds float64)
	Emit     func(bench.Result)

	prefix string
	next   int

	prepared   map[string][]string  // names of instances, by scenario
	controller *workload.Controller // as it runs now

	mu        sync.Mutex
	resources map[schema.GroupVersionKind]resource // under mu
}

// Seed makes the lab's names a function of the seed. All names have the same length,
// because the bytes on the wire are counted.
func (l *Lab) Seed(seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = byte('a' + random.IntN(26))
	}
	l.prefix, l.next = string(letters), 0
}

// Name returns a new name.
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

// An Operation does one operation. It returns the times at which the operation began and at
// which its outcome was received. Where KRO shows no outcome, that is the zero time.
type Operation func(ctx context.Context, i int) (began, received time.Time, err error)

// A Pace says when the operations of a benchmark begin.
type Pace struct {
	// Workers is how many run at a time.
	Workers int
	// Settled lets the controller settle before each. The work that one causes goes on
	// after its outcome. If the next met the rest of it, chance would decide how much of
	// both the controller does at once.
	Settled bool
}

// OneByOne begins an operation when the one before has its outcome.
var OneByOne = Pace{Workers: 1}

// Measure runs a benchmark's operations between two readings of the counters and emits the
// result. It takes turns with the other lab. The controller has settled when Measure begins
// and when it returns. A failed operation is counted, not dropped. An error that Measure
// returns ends the session.
func (l *Lab) Measure(ctx context.Context, b bench.Benchmark, pace Pace, do Operation) error {
	l.Started(b)
	before, err := l.Meter.Begin(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	done, err := l.runBlocks(ctx, b, pace, do)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	if err := l.Settle(ctx); err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	after, err := l.Meter.End(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", b.Name, err)
	}
	l.Emit(done.result(b, before, after))
	return nil
}
