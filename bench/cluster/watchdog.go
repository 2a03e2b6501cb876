package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
)

// A Watchdog notices when an API that others run stops answering.
type Watchdog struct {
	name    string
	api     rest.Interface
	done    chan struct{} // closed when the API is gone
	stopped chan struct{}
	once    sync.Once
	err     error // why; valid after done
}

const (
	watchInterval = time.Second
	watchTimeout  = 5 * time.Second
	// watchFailures is the number of failures in a row that spoil a measurement.
	watchFailures = 3
)

// Watch returns a Watchdog of an API. Errors call the API by the name.
func Watch(name string, api rest.Interface) *Watchdog {
	w := &Watchdog{name: name, api: api, done: make(chan struct{}), stopped: make(chan struct{})}
	go w.run()
	return w
}

func (w *Watchdog) run() {
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	for failures := 0; ; {
		select {
		case <-w.stopped:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), watchTimeout)
		// A retry would wait until a dead server is back.
		_, err := w.api.Get().AbsPath("/readyz").MaxRetries(0).DoRaw(ctx)
		cancel()
		if err == nil {
			failures = 0
			continue
		}
		// A busy server is slow or says that it is not ready. A broken connection
		// means that the server has died, even if it is restarted.
		broken := !errors.Is(err, context.DeadlineExceeded) && apierrors.ReasonForError(err) == metav1.StatusReasonUnknown
		if failures++; failures == watchFailures || broken {
			w.end(fmt.Errorf("%s stopped answering: %w", w.name, err))
			return
		}
	}
}

func (w *Watchdog) end(err error) {
	w.once.Do(func() {
		w.err = err
		close(w.done)
	})
}

// Stop ends the Watchdog.
func (w *Watchdog) Stop() { close(w.stopped) }

// Done is closed when the API is gone. Ended then says why.
func (w *Watchdog) Done() <-chan struct{} { return w.done }

// Ended returns nil while the API answers.
func (w *Watchdog) Ended() error {
	select {
	case <-w.done:
		return w.err
	default:
		return nil
	}
}
