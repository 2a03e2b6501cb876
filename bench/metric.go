package bench

import "strings"

// Class says how a metric behaves, and so how it may be compared.
type Class string

const (
	// Exact metrics are machine-independent counts: any difference is real.
	Exact Class = "exact"
	// Steady metrics, such as allocations, vary by fractions of a percent.
	Steady Class = "steady"
	// Timing metrics depend on the machine and on what else it does.
	Timing Class = "timing"
	// Memory metrics depend on when the garbage collector last ran.
	Memory Class = "memory"
)

// Better says which direction of a metric is an improvement.
type Better string

const (
	Lower  Better = "lower"
	Higher Better = "higher"
)

// A Metric describes one unit of what is measured. Its name is the unit in Go
// benchmark form, such as allocs/op.
type Metric struct {
	Name   string
	Unit   string // the unit of the values: "s", "B", "%", "1" for counts
	Class  Class
	Better Better
	Help   string
}

// RequestPrefix starts the name of every metric that counts the API requests
// of one verb and resource: requests:get:configmaps/op.
const RequestPrefix = "requests:"

// ReadySamples names the samples the ready-*-sec metrics are computed from.
const ReadySamples = "ready-sec"

// metrics is the catalogue, in the order in which reports show it.
var metrics = []Metric{
	{"errors/op", "1", Exact, Lower, "operations that failed or timed out, as a share of all"},
	{"requests/op", "1", Exact, Lower, "API requests of the controller; watches, which clients open anew as time passes, are not among them"},
	{"reconciles/op", "1", Exact, Lower, "instance and RGD reconciles of the controller"},
	{"graph-builds/op", "1", Exact, Lower, "resource graphs built and compiled"},
	{"cel-evals/op", "1", Exact, Lower, "CEL expressions evaluated"},
	{"allocs/op", "1", Steady, Lower, "heap objects the controller allocated"},
	{"B/op", "B", Steady, Lower, "heap bytes the controller allocated"},
	{"etcd-writes/op", "1", Exact, Lower, "writes to the cluster's etcd by all its clients, those of the benchmark itself and the API server's own among them"},
	{"sent-B/op", "B", Steady, Lower, "bytes of API request bodies the controller sent"},
	{"received-B/op", "B", Steady, Lower, "bytes of API response bodies the controller received, watches included"},
	{"cpu-sec/op", "s", Timing, Lower, "CPU time of the controller, user and system"},
	{"cpu-percent", "%", Timing, Lower, "CPU time of the controller as a share of one core while the benchmark ran"},
	{"cel-eval-sec", "s", Timing, Lower, "mean time of one CEL evaluation"},
	{"reconcile-sec", "s", Timing, Lower, "mean time of one instance reconcile"},
	{"sec/op", "s", Timing, Lower, "time of one operation of a Go benchmark"},
	{"B/s", "B/s", Timing, Higher, "bytes a Go benchmark processes per second"},
	{"ops/sec", "1/s", Timing, Higher, "operations whose outcome was seen, per second of the working phase"},
	{"ready-mean-sec", "s", Timing, Lower, "time from an operation's start until its outcome was seen: mean"},
	{"ready-p50-sec", "s", Timing, Lower, "the same: median"},
	{"ready-p95-sec", "s", Timing, Lower, "the same: 95th percentile, nearest rank"},
	{"ready-p99-sec", "s", Timing, Lower, "the same: 99th percentile, nearest rank"},
	{"ready-min-sec", "s", Timing, Lower, "the same: fastest"},
	{"ready-max-sec", "s", Timing, Lower, "the same: slowest"},
	{"resident-B", "B", Memory, Lower, "resident memory of the controller after the benchmark"},
	{"heap-live-B", "B", Memory, Lower, "heap of the controller that its last garbage collection found reachable"},
}

var metricIndex = func() map[string]int {
	index := make(map[string]int, len(metrics))
	for i, m := range metrics {
		index[m.Name] = i
	}
	return index
}()

// Metrics returns the catalogue in report order. Metrics of single verbs and
// resources, which [Lookup] also knows, are not listed.
func Metrics() []Metric { return append([]Metric(nil), metrics...) }

// Lookup returns the description of a metric; ok is false when the name is in
// neither the catalogue nor the requests: family.
func Lookup(name string) (m Metric, ok bool) {
	if i, known := metricIndex[name]; known {
		return metrics[i], true
	}
	if strings.HasPrefix(name, RequestPrefix) {
		return Metric{name, "1", Exact, Lower, "API requests of the controller of one verb and resource"}, true
	}
	return Metric{}, false
}

// Rank orders metric names as reports show them: the catalogue's order, the
// requests: family after it.
func Rank(name string) int {
	if i, known := metricIndex[name]; known {
		return i
	}
	return len(metrics)
}
