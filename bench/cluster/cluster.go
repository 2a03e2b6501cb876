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
	// Open prepares what the sessions of a run share and returns the version of
	// Kubernetes. Its files and logs go to dir, which exists.
	Open(ctx context.Context, dir string) (kubernetes string, err error)
	// Start returns an API for a session, without anything from earlier sessions. All
	// processes that it starts end when ctx is done.
	Start(ctx context.Context, s Session) (API, error)
	// Close ends everything that Open and Start have left running.
	Close() error
}

// A Session describes a session to the cluster.
type Session struct {
	Arm bench.Arm
	Dir string // for files and logs; it exists
}

// An API is a running Kubernetes API, for the length of a session.
type API interface {
	// Config returns the configuration of the gate's own client. Its user agent starts
	// with [meter.GatePrefix], to distinguish its requests from the controller's.
	Config() *rest.Config
	// Kubeconfig returns the path of the kubeconfig of a controller outside of the
	// cluster. It is empty where the controller runs in the cluster.
	Kubeconfig() string
	// Counter returns the counter of API requests. It is nil where only the
	// controller's own metrics count them.
	Counter() meter.Counter
	// Writes returns a function that counts the writes to the API's storage. It is nil
	// where the cluster does not count them.
	Writes() func(context.Context) (float64, error)
	// Processes returns the API's own processes, by name. Their usage counts from the
	// start of the session.
	Processes() map[string]Usage
	// Done is closed when the API has ended. Ended then says why.
	Done() <-chan struct{}
	Ended() error
	// Stop ends it.
	Stop() error
}

// A Usage returns what a process has used so far.
type Usage func() (process.Usage, error)

// Inside is the API of a cluster in which the controller runs as a pod.
type Inside interface {
	API
	// LoadImage makes an image available to the nodes and returns its name there. The
	// archive holds the image under name. If nodes can pull it, reference says from
	// where.
	LoadImage(ctx context.Context, archive, name, reference string) (string, error)
}

// KRONamespace is the namespace in which a run deploys KRO.
const KRONamespace = "perf-gate-system"

// Labels are on all cluster-scoped objects that a run creates. Cleaning up deletes only
// objects with these labels.
var Labels = map[string]string{"app.kubernetes.io/managed-by": meter.GatePrefix}

// Since returns a usage that counts from now, or from the first successful reading.
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
		if u.CPUSeconds < before.CPUSeconds { // it was restarted
			before.CPUSeconds = 0
		}
		u.CPUSeconds -= before.CPUSeconds
		return u, nil
	}
}
