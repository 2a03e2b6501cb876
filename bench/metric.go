package bench

import (
	"slices"
	"strings"
)

// A Class says how a metric behaves and how it can be compared.
type Class string

const (
	// Exact metrics are machine-independent counts: any difference is real.
	Exact Class = "exact"
	// Steady metrics, such as allocations, vary by fractions of a percent.
	Steady Class = "steady"
	// Racy metrics are counts and allocations of work in which KRO's timers race with
	// its watches, or operations with each other. They vary by several percent from
	// session to session, whatever the machine. Many counts are exact at equal numbers
	// of reconciles.
	Racy Class = "racy"
	// Timing metrics depend on the machine and on what else it does.
	Timing Class = "timing"
	// Memory metrics depend on when the garbage collector last ran.
	Memory Class = "memory"
)

// Classes returns all classes, from the most to the least reproducible.
func Classes() []Class { return []Class{Exact, Steady, Racy, Timing, Memory} }

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
	ErrorsPerOp         = "errors/op"
	FailedSessions      = "failed-sessions"
	RequestsPerOp       = "requests/op"
	ReconcilesPerOp     = "reconciles/op"
	GraphBuildsPerOp    = "graph-builds/op"
	CELEvalsPerOp       = "cel-evals/op"
	NodeEvalsPerOp      = "node-evals/op"
	IgnoredChecksPerOp  = "ignored-checks/op"
	SchemaRequestsPerOp = "schema-requests/op"
	AllocsPerOp         = "allocs/op"
	BytesPerOp          = "B/op"
	GCCyclesPerOp       = "gc-cycles/op"
	EtcdWritesPerOp     = "etcd-writes/op"
	SentBytesPerOp      = "sent-B/op"
	ReceivedBytesPerOp  = "received-B/op"
	CELCost             = "cel-cost"
	CELCostEstimated    = "cel-cost-estimated"
	CPUSecPerOp         = "cpu-sec/op"
	CPUPercent          = "cpu-percent"
	CELEvalSec          = "cel-eval-sec"
	ReconcileSec        = "reconcile-sec"
	SecPerOp            = "sec/op"
	BytesPerSec         = "B/s"
	OpsPerSec           = "ops/sec"
	ReadyMeanSec        = "ready-mean-sec"
	ReadyP50Sec         = "ready-p50-sec"
	ReadyP95Sec         = "ready-p95-sec"
	ReadyP99Sec         = "ready-p99-sec"
	ReadyMinSec         = "ready-min-sec"
	ReadyMaxSec         = "ready-max-sec"
	ResidentBytes       = "resident-B"
	ResidentPeakBytes   = "resident-peak-B"
	HeapLiveBytes       = "heap-live-B"
	Goroutines          = "goroutines"
	OpenFiles           = "open-files"
	Watches             = "watches"
	Handlers            = "handlers"
	WatchOwners         = "watch-owners"
	WatchedObjects      = "watched-objects"
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
	// Constant is set when sessions reproduce the value where they reproduce the
	// work, as they do a count.
	Constant bool
}

// RequestPrefix is the prefix of metrics that count the API requests with one verb
// and resource, such as requests:get:configmaps/op.
const RequestPrefix = "requests:"

// ReconcilePrefix is the prefix of metrics that count the reconciles of one of KRO's
// controllers with one result, such as
// reconciles:ResourceGraphDefinition:requeue_after/op. Those of instances, whose results
// KRO does not count, are [InstanceReconcilesPerOp].
const ReconcilePrefix = "reconciles:"

// RequeuePrefix is the prefix of metrics that count the reconciles of instances that end in
// one type of requeue, such as requeues:requeue_after/op.
const RequeuePrefix = "requeues:"

// InstanceReconcilesPerOp is the metric of the reconciles of instances.
const InstanceReconcilesPerOp = ReconcilePrefix + "instances/op"

// ReadySamples is the name of the samples behind the ready-*-sec metrics.
const ReadySamples = "ready-sec"

// metrics is the catalogue, in report order.
var metrics = []Metric{
	{ErrorsPerOp, "1", Exact, Lower, Errors, "share of operations that failed or timed out", false},
	{FailedSessions, "1", Exact, Lower, Errors, "sessions that could not be completed, as a fraction of all; compared for all benchmarks together", false},
	{RequestsPerOp, "1", Exact, Lower, Requests, "API requests of the controller, except watches, which clients reopen from time to time", false},
	{ReconcilesPerOp, "1", Exact, Lower, Work, "instance and RGD reconciles of the controller", false},
	{GraphBuildsPerOp, "1", Exact, Lower, Work, "resource graphs built and compiled", false},
	{CELEvalsPerOp, "1", Exact, Lower, Work, "CEL expressions evaluated", false},
	{NodeEvalsPerOp, "1", Exact, Lower, Work, "nodes of resource graphs evaluated", false},
	{IgnoredChecksPerOp, "1", Exact, Lower, Work, "checks whether a node of a resource graph is left out, by its own condition or that of a node it depends on", false},
	{SchemaRequestsPerOp, "1", Exact, Lower, Work, "schemas of kinds that the controller asked the API server for because its cache did not hold them", false},
	{CELCost, "1", Exact, Lower, Work, "cost of evaluating an expression in units of cel-go; compared where both builds have the same cel-go", false},
	{CELCostEstimated, "1", Exact, Lower, Work, "largest cost of an expression in units of cel-go, by its estimate; compared where both builds have the same cel-go", false},
	{AllocsPerOp, "1", Steady, Lower, Allocations, "heap objects that the controller, or a Go benchmark, allocated", false},
	{BytesPerOp, "B", Steady, Lower, Allocations, "heap bytes that the controller, or a Go benchmark, allocated", false},
	{GCCyclesPerOp, "1", Memory, Lower, Allocations, "garbage collections of the controller", false},
	{EtcdWritesPerOp, "1", Exact, Lower, Requests, "writes to the cluster's etcd by all clients, including the benchmark and the API server", false},
	{SentBytesPerOp, "B", Steady, Lower, Requests, "bytes of API request bodies the controller sent", true},
	{ReceivedBytesPerOp, "B", Steady, Lower, Requests, "bytes of API response bodies the controller received, watches included", true},
	{CPUSecPerOp, "s", Timing, Lower, Time, "CPU time of the controller or, of Go benchmarks that report it, of the test program, user and system", false},
	{CPUPercent, "%", Timing, Lower, Time, "CPU time of the controller for the benchmark, as a share of the time that its operations took", false},
	{CELEvalSec, "s", Timing, Lower, Time, "mean time of one CEL evaluation", false},
	{ReconcileSec, "s", Timing, Lower, Time, "mean time of one instance reconcile", false},
	{SecPerOp, "s", Timing, Lower, Time, "time of one operation of a Go benchmark", false},
	{BytesPerSec, "B/s", Timing, Higher, Time, "bytes a Go benchmark processes per second", false},
	{OpsPerSec, "1/s", Timing, Higher, Time, "operations with an outcome, per second from the start of each block to its last outcome", false},
	{ReadyMeanSec, "s", Timing, Lower, Time, "mean time from the start of an operation to its outcome", false},
	{ReadyP50Sec, "s", Timing, Lower, Time, "median time from the start of an operation to its outcome", false},
	{ReadyP95Sec, "s", Timing, Lower, Time, "95th percentile of that time, nearest rank", false},
	{ReadyP99Sec, "s", Timing, Lower, Time, "99th percentile of that time, nearest rank", false},
	{ReadyMinSec, "s", Timing, Lower, Time, "shortest time from the start of an operation to its outcome", false},
	{ReadyMaxSec, "s", Timing, Lower, Time, "longest time from the start of an operation to its outcome", false},
	{ResidentBytes, "B", Memory, Lower, MemoryUse, "resident memory of the controller after the benchmark; in simulation and local, without pages of files", false},
	{ResidentPeakBytes, "B", Memory, Lower, MemoryUse, "largest resident memory of the controller during the benchmark, without pages of files; only in simulation and local", false},
	{HeapLiveBytes, "B", Memory, Lower, MemoryUse, "heap of the controller that was reachable at its last garbage collection: right after the benchmark, if base and head both serve pprof profiles", false},
	{Goroutines, "1", Exact, Lower, MemoryUse, "goroutines of the controller after the benchmark", false},
	{OpenFiles, "1", Exact, Lower, MemoryUse, "files and connections that the controller has open after the benchmark", false},
	{Watches, "1", Exact, Lower, MemoryUse, "kinds of objects that the controller watches after the benchmark", false},
	{Handlers, "1", Exact, Lower, MemoryUse, "handlers that pass the events of instances to their reconciles, after the benchmark", false},
	{WatchOwners, "1", Exact, Lower, MemoryUse, "instances for which the controller watches objects after the benchmark", false},
	{WatchedObjects, "1", Exact, Lower, MemoryUse, "objects and collections that the controller watches for instances after the benchmark", false},
}

// A Family is the metrics that count the parts of a total, one for each part.
type Family struct {
	Metric        // named by the prefix of their names
	Parts  string // what follows the prefix
	Total  string // the metric of the total
}

var families = []Family{
	{Metric{RequestPrefix, "1", Exact, Lower, Requests, "API requests of the controller with one verb and resource", false}, "VERB:RESOURCE", RequestsPerOp},
	{Metric{ReconcilePrefix, "1", Exact, Lower, Work, "reconciles of one of KRO's controllers with one result, such as success or requeue_after; `reconciles:instances/op` are all those of instances", false}, "CONTROLLER:RESULT", ReconcilesPerOp},
	{Metric{RequeuePrefix, "1", Exact, Lower, Work, "reconciles of instances that end in a requeue: at once (requeue), after a delay (requeue_after) or after an error (rate_limited); no_requeue are errors after which there is none", false}, "TYPE", ReconcilesPerOp},
}

var metricIndex = func() map[string]int {
	index := make(map[string]int, len(metrics))
	for i, m := range metrics {
		index[m.Name] = i
	}
	return index
}()

// Metrics returns the catalogue in report order. It does not list the metrics of
// [Families], which [Lookup] also knows.
func Metrics() []Metric { return append([]Metric(nil), metrics...) }

// Lookup returns the description of a metric. If the name is neither in the
// catalogue nor in one of the families, ok is false.
func Lookup(name string) (m Metric, ok bool) {
	if i, known := metricIndex[name]; known {
		return metrics[i], true
	}
	if f, ok := familyOf(name); ok {
		m := f.Metric
		m.Name = name
		return m, true
	}
	return Metric{}, false
}

// Families returns the families. Their metrics are not in the catalogue one by one: the
// name of each begins with the family's.
func Families() []Family { return slices.Clone(families) }

// PartOf returns the total of which a metric of a family counts a part.
func PartOf(name string) (total string, ok bool) {
	f, ok := familyOf(name)
	return f.Total, ok
}

func familyOf(name string) (Family, bool) {
	i := slices.IndexFunc(families, func(f Family) bool { return strings.HasPrefix(name, f.Name) })
	if i < 0 {
		return Family{}, false
	}
	return families[i], true
}

// Rank returns a metric's position in reports: catalogue order, then the
// families.
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
