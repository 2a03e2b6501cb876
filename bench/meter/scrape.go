package meter

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/kro/perf-gate/bench"
)

// A Scrape holds the values of a controller's metrics by family, each summed over its
// labels. A family that the controller does not expose is absent. The reconciles of
// controller-runtime are also there by controller and result, and the requeues by type,
// under the names of their metrics without /op.
type Scrape map[string]float64

// The families that are read. In v0.9.0 alone, KRO's graph families have the
// prefix kro_.
const (
	mallocs       = "go_memstats_mallocs_total"
	allocBytes    = "go_memstats_alloc_bytes_total"
	nextGC        = "go_memstats_next_gc_bytes"
	stackBytes    = "go_memstats_stack_inuse_bytes"
	gcCycles      = "go_gc_duration_seconds_count"
	celEvals      = "cel_expr_eval_total"
	celEvalSum    = "cel_expr_eval_duration_seconds_sum"
	celEvalCount  = "cel_expr_eval_duration_seconds_count"
	nodeEvals     = "runtime_node_eval_total"
	ignoredChecks = "runtime_node_ignored_check_total"
	// Requests for the schema of a kind that is not in KRO's cache.
	schemaRequests = "schema_resolver_api_call_duration_seconds_count"
	reconcileSum   = "dynamic_controller_reconcile_duration_seconds_sum"
	reconcileSize  = "dynamic_controller_reconcile_duration_seconds_count"
	processCPU     = "process_cpu_seconds_total"
	processRSS     = "process_resident_memory_bytes"
	startTime      = "process_start_time_seconds"
	// Reconciles of instances, and of the controllers that controller-runtime runs.
	instanceReconciles = "dynamic_controller_reconcile_total"
	runtimeReconciles  = "controller_runtime_reconcile_total"
	// The kinds of objects that are watched.
	watchCount = "dynamic_controller_watch_count"
	// Reconciles of instances that end in a requeue, by its type.
	requeues = "dynamic_controller_requeue_total"
	// Requests of client-go, except watches. KRO has exposed it since v0.9.0.
	clientLatencies = "rest_client_request_duration_seconds_count"
	// Exposed by a controller that renews a lease to stay the leader.
	leaderStatus = "leader_election_master_status"
)

var (
	reconciles  = []string{instanceReconciles, runtimeReconciles}
	graphBuilds = []string{"rgd_graph_build_total", "graph_revision_compile_total", "kro_rgd_graph_build_total", "kro_graph_revision_compile_total"}
)

// A level is how many of something a controller holds at one moment.
type level struct {
	families []string
	// beside is a family that every KRO with these exposes. Those that count by kind are
	// not exposed while they count nothing.
	beside string
}

// After v0.9.4, KRO's graph engine counts what instances watch.
var levels = map[string]level{
	bench.Goroutines:     {families: []string{"go_goroutines"}},
	bench.OpenFiles:      {families: []string{"process_open_fds"}},
	bench.Watches:        {families: []string{watchCount}},
	bench.Handlers:       {families: []string{"dynamic_controller_handler_count_total"}},
	bench.WatchOwners:    {[]string{"dynamic_controller_instance_watch_count", "graphengine_watch_owner_count"}, watchCount},
	bench.WatchedObjects: {[]string{"dynamic_controller_watch_request_count", "graphengine_watch_request_count"}, watchCount},
}

var wanted = func() map[string]bool {
	set := make(map[string]bool)
	add := func(names ...string) {
		for _, name := range names {
			set[name] = true
		}
	}
	add(mallocs, allocBytes, nextGC, stackBytes, gcCycles, celEvals, celEvalSum, celEvalCount, reconcileSum, reconcileSize)
	add(nodeEvals, ignoredChecks, schemaRequests, requeues, processCPU, processRSS, startTime, clientLatencies, leaderStatus)
	add(reconciles...)
	add(graphBuilds...)
	for _, level := range levels {
		add(level.families...)
	}
	return set
}()

// scrapeLimit is much longer than a controller that works takes to answer.
const scrapeLimit = 30 * time.Second

// scrape reads the metrics that a controller serves.
func scrape(ctx context.Context, metrics Endpoint) (Scrape, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, scrapeLimit, fmt.Errorf("no answer within %s", scrapeLimit))
	defer cancel()
	body, err := metrics.Get(ctx)
	if err != nil {
		return nil, fmt.Errorf("metrics of the controller: %w", err)
	}
	defer body.Close()
	s, err := parse(body, func(name string) bool { return wanted[name] })
	if err != nil {
		return nil, fmt.Errorf("metrics of the controller: GET %s: %w", metrics.URL, err)
	}
	return s, nil
}

// parse reads Prometheus text. It gives the parser only the lines of wanted families:
// the others, mostly histogram buckets, are nine tenths of the text, and the gate must
// not load the machine it measures on.
func parse(r io.Reader, wanted func(name string) bool) (Scrape, error) {
	var kept bytes.Buffer
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		if end := bytes.IndexAny(line, "{ "); end > 0 && wanted(string(line[:end])) {
			kept.Write(line)
			kept.WriteByte('\n')
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(&kept)
	if err != nil {
		return nil, err
	}
	s := make(Scrape, len(families))
	for name, family := range families {
		for _, metric := range family.GetMetric() {
			value := metric.GetUntyped().GetValue() // the TYPE lines were not kept
			s[name] += value
			labels := make(map[string]string)
			for _, label := range metric.GetLabel() {
				labels[label.GetName()] = label.GetValue()
			}
			switch name {
			case runtimeReconciles:
				s[bench.ReconcilePrefix+labels["controller"]+":"+labels["result"]] += value
			case requeues:
				s[bench.RequeuePrefix+labels["type"]] += value
			}
		}
	}
	return s, nil
}

// sum adds up the families that are present. If none is, ok is false.
func (s Scrape) sum(names ...string) (total float64, ok bool) {
	for _, name := range names {
		if value, exposed := s[name]; exposed {
			total += value
			ok = true
		}
	}
	return total, ok
}
