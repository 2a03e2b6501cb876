package measure

import (
	"context"
	"errors"
	"fmt"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// limited ends ctx after the timeout, unless that is 0.
func limited(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, timeout, fmt.Errorf("the run took longer than --timeout %s", timeout))
}

// endedBy returns the reason why the context of a run is done: Ctrl-C or --timeout.
func endedBy(ctx context.Context) string {
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause.Error()
	}
	return "interrupted"
}

// Interrupted is the error of an interrupted run. Resume can continue it.
type Interrupted struct {
	why string
	Dir string // of the run, quoted for a shell
}

func newInterrupted(ctx context.Context, dir string) error {
	return &Interrupted{why: endedBy(ctx), Dir: shellescape.Quote(dir)}
}

func (e *Interrupted) Error() string {
	return e.why + "; the measurements so far are kept. To continue:\n  gate benchmark --resume --out " + e.Dir
}
