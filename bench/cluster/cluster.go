// Package cluster defines what a run needs of the cluster in which KRO runs. Each
// kind of cluster is a package of its own below.
package cluster

import (
	"context"

	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// A Cluster brings up Kubernetes APIs for KRO to run against.
type Cluster interface {
	// Open prepares what the sessions of a run share; its files and logs go to
	// dir, which exists. It returns the version of Kubernetes.
	Open(ctx context.Context, dir string) (kubernetes string, err error)
	// Start gives a session an API that holds nothing from earlier sessions. What
	// it started ends when ctx is done.
	Start(ctx context.Context, s Session) (API, error)
	// Close ends what Open and Start have left.
	Close() error
}

// A Session is what a cluster is told of the session that it starts.
type Session struct {
	Arm bench.Arm
	Dir string // for files and logs; it exists
}

// An API is a running Kubernetes API, for the length of a session.
type API interface {
	// Config connects the gate's own client; its user agent starts with
	// meter.GatePrefix, which tells its requests from the controller's.
	Config() *rest.Config
	// Kubeconfig is the path of the file that connects a controller outside of
	// the cluster. It is empty where the controller runs in the cluster.
	Kubeconfig() string
	// Counter counts the API requests; nil where nothing but the controller's own
	// metrics tells.
	Counter() meter.Counter
	// Writes counts the writes to the storage of the API; it is nil where the
	// cluster does not tell.
	Writes() func(context.Context) (float64, error)
	// Processes are the API's own, by name. What they use is counted from the start
	// of the session.
	Processes() map[string]Usage
	// Done is closed when the API has ended; Ended says how.
	Done() <-chan struct{}
	Ended() error
	// Stop ends it.
	Stop() error
}

// Usage is what a process has used so far.
type Usage func() (process.Usage, error)

// Inside is an API in whose cluster the controller runs as a pod.
type Inside interface {
	API
	// LoadImage makes an image known to the nodes and returns its name there. It lies
	// in an archive under a name; reference says where nodes can pull it, if they
	// can.
	LoadImage(ctx context.Context, archive, name, reference string) (string, error)
}

// KRONamespace is where a KRO is deployed in a cluster.
const KRONamespace = "perf-gate-system"

// Labels are on all that a run creates in the scope of a cluster that is not
// the run's own, and tell what may be removed.
var Labels = map[string]string{"app.kubernetes.io/managed-by": meter.GatePrefix}

// Since counts what a process uses from now on, or from when it first tells.
func Since(usage Usage) Usage {
	before, err := usage()
	begun := err == nil
	return func() (process.Usage, error) {
		u, err := usage()
		if err != nil {
			return u, err
		}
		if !begun {
			before, begun = u, true
		}
		if u.CPUSeconds < before.CPUSeconds { // it was started again
			before.CPUSeconds = 0
		}
		u.CPUSeconds -= before.CPUSeconds
		return u, nil
	}
}
