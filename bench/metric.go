package bench

import "strings"

// A Class says how a metric behaves and how it can be compared.
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

// Better is the direction in which a metric improves.
type Better string

const (
	Lower  Better = "lower"
	Higher Better = "higher"
)

// A Group is a set of metrics that measure the same thing. All regressions in one
// group are one finding.
type Group string

const (
	Errors      Group = "errors"
	Requests    Group = "requests"
	Work        Group = "work"
	Allocations Group = "allocations"
	MemoryUse   Group = "memory"
	Time        Group = "time"
)

// Groups returns all groups in the order in which reports list findings. Work comes
// before time, because a change of the work explains the time it takes.
func Groups() []Group {
	return []Group{Errors, Requests, Work, Allocations, MemoryUse, Time}
}

// The names of the catalogue's metrics.
const (
	ErrorsPerOp        = "errors/op"
	RequestsPerOp      = "requests/op"
	ReconcilesPerOp    = "reconciles/op"
	GraphBuildsPerOp   = "graph-builds/op"
	CELEvalsPerOp      = "cel-evals/op"
	AllocsPerOp        = "allocs/op"
	BytesPerOp         = "B/op"
	EtcdWritesPerOp    = "etcd-writes/op"
	SentBytesPerOp     = "sent-B/op"
	ReceivedBytesPerOp = "received-B/op"
	CPUSecPerOp        = "cpu-sec/op"
	CPUPercent         = "cpu-percent"
	CELEvalSec         = "cel-eval-sec"
	ReconcileSec       = "reconcile-sec"
	SecPerOp           = "sec/op"
	BytesPerSec        = "B/s"
	OpsPerSec          = "ops/sec"
	ReadyMeanSec       = "ready-mean-sec"
	ReadyP50Sec        = "ready-p50-sec"
	ReadyP95Sec        = "ready-p95-sec"
	ReadyP99Sec        = "ready-p99-sec"
	ReadyMinSec        = "ready-min-sec"
	ReadyMaxSec        = "ready-max-sec"
	ResidentBytes      = "resident-B"
	HeapLiveBytes      = "heap-live-B"
)

// A Metric describes one metric. Its name is a unit in Go benchmark form, such as
// allocs/op.
type Metric struct {
	Name   string
	Unit   string // the unit of the values: "s", "B", "%", "1" for counts
	Class  Class
	Better Better
	Group  Group
	Help   string
}

// RequestPrefix is the prefix of metrics that count the API requests with one verb
// and resource, such as requests:get:configmaps/op.
const RequestPrefix = "requests:"

// ReadySamples is the name of the samples behind the ready-*-sec metrics.
const ReadySamples = "ready-sec"

// metrics is the catalogue, in report order.
var metrics = []Metric{
	{ErrorsPerOp, "1", Exact, Lower, Errors, "share of operations that failed or timed out"},
	{RequestsPerOp, "1", Exact, Lower, Requests, "API requests of the controller, except watches, which clients reopen from time to time"},
	{ReconcilesPerOp, "1", Exact, Lower, Work, "instance and RGD reconciles of the controller"},
	{GraphBuildsPerOp, "1", Exact, Lower, Work, "resource graphs built and compiled"},
	{CELEvalsPerOp, "1", Exact, Lower, Work, "CEL expressions evaluated"},
	{AllocsPerOp, "1", Steady, Lower, Allocations, "heap objects the controller allocated"},
	{BytesPerOp, "B", Steady, Lower, Allocations, "heap bytes the controller allocated"},
	{EtcdWritesPerOp, "1", Exact, Lower, Requests, "writes to the cluster's etcd by all clients, including the benchmark and the API server"},
	{SentBytesPerOp, "B", Steady, Lower, Requests, "bytes of API request bodies the controller sent"},
	{ReceivedBytesPerOp, "B", Steady, Lower, Requests, "bytes of API response bodies the controller received, watches included"},
	{CPUSecPerOp, "s", Timing, Lower, Time, "CPU time of the controller, user and system"},
	{CPUPercent, "%", Timing, Lower, Time, "CPU time of the controller while the benchmark ran, as a share of one core"},
	{CELEvalSec, "s", Timing, Lower, Time, "mean time of one CEL evaluation"},
	{ReconcileSec, "s", Timing, Lower, Time, "mean time of one instance reconcile"},
	{SecPerOp, "s", Timing, Lower, Time, "time of one operation of a Go benchmark"},
	{BytesPerSec, "B/s", Timing, Higher, Time, "bytes a Go benchmark processes per second"},
	{OpsPerSec, "1/s", Timing, Higher, Time, "operations with an outcome, per second from the start of the benchmark to the last outcome"},
	{ReadyMeanSec, "s", Timing, Lower, Time, "mean time from the start of an operation to its outcome"},
	{ReadyP50Sec, "s", Timing, Lower, Time, "median time from the start of an operation to its outcome"},
	{ReadyP95Sec, "s", Timing, Lower, Time, "95th percentile of that time, nearest rank"},
	{ReadyP99Sec, "s", Timing, Lower, Time, "99th percentile of that time, nearest rank"},
	{ReadyMinSec, "s", Timing, Lower, Time, "shortest time from the start of an operation to its outcome"},
	{ReadyMaxSec, "s", Timing, Lower, Time, "longest time from the start of an operation to its outcome"},
	{ResidentBytes, "B", Memory, Lower, MemoryUse, "resident memory of the controller after the benchmark"},
	{HeapLiveBytes, "B", Memory, Lower, MemoryUse, "heap of the controller that was reachable at its last garbage collection"},
}

var metricIndex = func() map[string]int {
	index := make(map[string]int, len(metrics))
	for i, m := range metrics {
		index[m.Name] = i
	}
	return index
}()

// Metrics returns the catalogue in report order. It does not list the metrics of
// single verbs and resources, which [Lookup] also knows.
func Metrics() []Metric { return append([]Metric(nil), metrics...) }

// Lookup returns the description of a metric. If the name is neither in the
// catalogue nor in the requests: family, ok is false.
func Lookup(name string) (m Metric, ok bool) {
	if i, known := metricIndex[name]; known {
		return metrics[i], true
	}
	if strings.HasPrefix(name, RequestPrefix) {
		return Metric{name, "1", Exact, Lower, Requests, "API requests of the controller with one verb and resource"}, true
	}
	return Metric{}, false
}

// Rank returns a metric's position in reports: catalogue order, then the requests:
// family.
func Rank(name string) int {
	if i, known := metricIndex[name]; known {
		return i
	}
	return len(metrics)
}

// groupOf returns the group of a metric that the catalogue does not know.
func groupOf(class Class) Group {
	switch class {
	case Exact:
		return Work
	case Steady:
		return Allocations
	case Memory:
		return MemoryUse
	default:
		return Time
	}
}
