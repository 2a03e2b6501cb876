// Package cluster says what a run needs of the place in which KRO runs. Each
// place is a package of its own below.
package cluster

import (
	"context"
	"time"

	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// A Cluster brings up Kubernetes APIs for KRO to run against.
type Cluster interface {
	// Kubernetes is the version of the API.
	Kubernetes() string
	// Start brings up an API that holds nothing from earlier sessions. Its files
	// and logs go to dir, which exists. It ends when ctx is done.
	Start(ctx context.Context, dir string) (Place, error)
}

// A Place is a running Kubernetes API.
type Place interface {
	// Config connects the gate's own client; its user agent starts with
	// meter.GatePrefix, which tells its requests from the controller's.
	Config() *rest.Config
	// Kubeconfig is the path of the file that connects the controller.
	Kubeconfig() string
	// Requests counts the API requests of all clients since the start.
	Requests(ctx context.Context) ([]bench.RequestCount, error)
	// Quiet waits until the controller has made no request for the window; it
	// fails with [ErrNotQuiet] when that does not happen within limit.
	Quiet(ctx context.Context, window, limit time.Duration) error
	// Usage is what the place's own processes have used so far.
	Usage() (process.Usage, error)
	// Done is closed when the place has ended; Ended says how.
	Done() <-chan struct{}
	Ended() error
	// Stop ends it.
	Stop() error
}

// ErrNotQuiet says that a controller kept making requests.
type ErrNotQuiet struct{ Window, Limit time.Duration }

func (e ErrNotQuiet) Error() string {
	return "the controller did not settle: within " + e.Limit.String() +
		" it was never without a request for " + e.Window.String()
}
