package meter

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

const exposition = `# HELP dynamic_controller_reconcile_total Total number of reconciliations per GVR
# TYPE dynamic_controller_reconcile_total counter
dynamic_controller_reconcile_total{gvr="kro.run/v1alpha1, Resource=as"} 3
dynamic_controller_reconcile_total{gvr="kro.run/v1alpha1, Resource=bs"} 4
controller_runtime_reconcile_total{controller="ResourceGraphDefinition",result="success"} 10
dynamic_controller_requeue_total{gvr="kro.run/v1alpha1, Resource=as",type="requeue_after"} 2
dynamic_controller_requeue_total{gvr="kro.run/v1alpha1, Resource=bs",type="requeue_after"} 3
dynamic_controller_requeue_total{gvr="kro.run/v1alpha1, Resource=bs",type="rate_limited"} 1
# TYPE dynamic_controller_reconcile_duration_seconds histogram
dynamic_controller_reconcile_duration_seconds_bucket{gvr="a",le="0.005"} 1
dynamic_controller_reconcile_duration_seconds_sum{gvr="a"} 0.5
dynamic_controller_reconcile_duration_seconds_count{gvr="a"} 7
go_memstats_mallocs_total 1.5e+06
process_virtual_memory_max_bytes 1.8446744073709552e+19
workqueue_depth{controller="x",name="x",priority=""} 2
`

func inCatalogue(name string) bool { return wanted[name] }

func TestParseSumsWantedFamilies(t *testing.T) {
	got, err := parse(strings.NewReader(exposition), inCatalogue)
	if err != nil {
		t.Fatal(err)
	}
	want := Scrape{
		"dynamic_controller_reconcile_total":                  7,
		"controller_runtime_reconcile_total":                  10,
		"dynamic_controller_reconcile_duration_seconds_sum":   0.5,
		"dynamic_controller_reconcile_duration_seconds_count": 7,
		"go_memstats_mallocs_total":                           1.5e6,
		"reconciles:ResourceGraphDefinition:success":          10,
		"dynamic_controller_requeue_total":                    6,
		"requeues:requeue_after":                              5,
		"requeues:rate_limited":                               1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefusesGarbage(t *testing.T) {
	if _, err := parse(strings.NewReader("go_memstats_mallocs_total{ 12\n"), inCatalogue); err == nil {
		t.Error("a broken line was accepted")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(exposition)
	f.Fuzz(func(t *testing.T, text string) {
		s, err := parse(strings.NewReader(text), inCatalogue)
		for name := range s {
			if _, part := bench.PartOf(name); err == nil && !wanted[name] && !part {
				t.Errorf("%q was not asked for", name)
			}
		}
	})
}

// requestsOf returns a count of one kind of request of the controller.
func requestsOf(verb, group, resource string, count int64) bench.RequestCount {
	return bench.RequestCount{Verb: verb, Group: group, Resource: resource, Code: 200,
		UserAgent: "kro/v0.9.4", Count: count, SentB: 10 * count, ReceivedB: 100 * count}
}

func TestDiff(t *testing.T) {
	own := requestsOf("get", "", "configmaps", 1000)
	own.UserAgent = GatePrefix + "/v1"
	before := Reading{
		Scrape: Scrape{mallocs: 1000, celEvals: 5, celEvalSum: 1, celEvalCount: 5,
			ignoredChecks: 100, gcCycles: 7, "requeues:requeue": 3, "requeues:requeue_after": 3,
			"controller_runtime_reconcile_total": 1, "reconciles:ResourceGraphDefinition:success": 1},
		scrapeCost: Scrape{mallocs: 100},
		Requests:   []bench.RequestCount{requestsOf("get", "", "configmaps", 7), requestsOf("get", "kro.run", "as", 2), own},
		Usage:      &process.Usage{CPUSeconds: 1},
		Writes:     new(float64),
	}
	writes := 6.0
	after := Reading{
		scrapes: 2, Writes: &writes,
		Scrape: Scrape{mallocs: 3200, nextGC: 14 << 20, stackBytes: 2 << 20, celEvals: 25, celEvalSum: 2, celEvalCount: 25,
			ignoredChecks: 140, gcCycles: 8, "requeues:requeue": 3, "requeues:requeue_after": 7, "go_goroutines": 21,
			"controller_runtime_reconcile_total": 2, "dynamic_controller_reconcile_total": 9,
			"reconciles:ResourceGraphDefinition:success": 1, "reconciles:graphrevision:error": 1},
		Requests: []bench.RequestCount{requestsOf("get", "", "configmaps", 9), requestsOf("get", "kro.run", "as", 2),
			requestsOf("update", "kro.run", "bs/status", 4), requestsOf("watch", "", "configmaps", 2), own, own},
		Usage: &process.Usage{CPUSeconds: 3, ResidentB: 1 << 20}, PeakB: new(uint64(3 << 20)),
		Levels: Scrape{nextGC: 10 << 20, stackBytes: 2 << 20, "go_goroutines": 20, watchCount: 3,
			"dynamic_controller_watch_request_count": 4, "graphengine_watch_request_count": 5},
	}
	want := map[string]float64{
		"requests/op":                         3, // the gate's own are not the controller's
		"requests:get:configmaps/op":          1,
		"requests:update:instances/status/op": 2,
		"requests:watch:configmaps/op":        1, // but not one of the 3
		"sent-B/op":                           40,
		"received-B/op":                       400,
		"allocs/op":                           1000, // (3200 - 1000 - 2 scrapes of 100) / 2
		"cel-evals/op":                        10,
		"cel-eval-sec":                        0.05,
		"reconciles/op":                       5, // one family appears only with its first reconcile
		"reconciles:instances/op":             4.5,
		"reconciles:graphrevision:error/op":   0.5,
		"requeues:requeue_after/op":           2,
		"ignored-checks/op":                   20,
		"gc-cycles/op":                        0.5,
		"goroutines":                          20,
		"watches":                             3,
		"watched-objects":                     9,
		"watch-owners":                        0, // KRO exposes none while there is none
		"cpu-sec/op":                          1,
		"resident-B":                          1 << 20,
		"resident-peak-B":                     3 << 20,
		"etcd-writes/op":                      3,
		"heap-live-B":                         4 << 20, // (10 MiB - 2 MiB of stacks) / 2
	}
	if diff := cmp.Diff(want, Diff(before, after, 2), cmpopts.EquateApprox(1e-9, 0)); diff != "" {
		t.Error(diff)
	}
}

// Without a request, what the controller used does not count towards the operations.
// Counts are then zero, not missing.
func TestDiffOfIdleController(t *testing.T) {
	earlier := []bench.RequestCount{requestsOf("get", "", "configmaps", 7)}
	before := Reading{Scrape: Scrape{mallocs: 1000}, Requests: earlier, Usage: &process.Usage{CPUSeconds: 1}}
	after := Reading{Scrape: Scrape{mallocs: 1500}, Requests: earlier, Usage: &process.Usage{CPUSeconds: 1.1, ResidentB: 5}}
	want := map[string]float64{"requests/op": 0, "sent-B/op": 0, "received-B/op": 0, "resident-B": 5}
	if diff := cmp.Diff(want, Diff(before, after, 3)); diff != "" {
		t.Error(diff)
	}
}

// Where the cluster does not count, the controller's own client counts the total. A
// counter that does not see bodies does not report zero bytes.
func TestDiffOfWhatIsNotCounted(t *testing.T) {
	before := Reading{Scrape: Scrape{clientLatencies: 10}}
	after := Reading{Scrape: Scrape{clientLatencies: 24}}
	if diff := cmp.Diff(map[string]float64{"requests/op": 7}, Diff(before, after, 2)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]float64{}, Diff(Reading{}, Reading{}, 2)); diff != "" {
		t.Errorf("of a controller without such metrics: %s", diff)
	}
	bare := requestsOf("get", "", "configmaps", 4)
	bare.SentB, bare.ReceivedB = 0, 0
	want := map[string]float64{"requests/op": 2, "requests:get:configmaps/op": 2}
	if diff := cmp.Diff(want, Diff(Reading{}, Reading{Requests: []bench.RequestCount{bare}}, 2)); diff != "" {
		t.Errorf("without bodies: %s", diff)
	}
}

// A collecting controller serves metrics, and its heap profile, which collects its
// garbage.
type collecting struct{ collections, scrapes int }

func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.String() == "/debug/pprof/heap?gc=1" {
		c.collections++
		return
	}
	c.scrapes++
	// A scrape allocates 100 objects, a profile 5000. Garbage doubles the heap.
	fmt.Fprintf(w, "%s %d\n%s %d\n%s %d\n%s %d\n", mallocs, 100*c.scrapes+5000*c.collections,
		gcCycles, c.collections, nextGC, (16>>c.collections)<<20, stackBytes, 0)
}

func (c *collecting) Usage() (process.Usage, error) { return process.Usage{}, process.ErrNotMeasured }

func (c *collecting) TakePeak() (uint64, error) { return 0, process.ErrNotMeasured }

// The collection shows in what is live, and not in what a benchmark or the next one costs.
func TestEndCollectsGarbage(t *testing.T) {
	controller := &collecting{}
	server := httptest.NewServer(controller)
	defer server.Close()
	m := Meter{Metrics: Endpoint{URL: server.URL + "/metrics"}, Process: controller}
	measure := func() map[string]float64 {
		t.Helper()
		before, err := m.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		after, err := m.End(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return Diff(before, after, 1)
	}
	want := map[string]float64{"allocs/op": 0, "gc-cycles/op": 0, "heap-live-B": 8 << 20}
	if diff := cmp.Diff(want, measure()); diff != "" {
		t.Errorf("without pprof profiles: %s", diff)
	}
	m.Pprof = Endpoint{URL: server.URL + "/debug/pprof"}
	for _, live := range []float64{4 << 20, 2 << 20} {
		want["heap-live-B"] = live
		if diff := cmp.Diff(want, measure()); diff != "" {
			t.Errorf("with pprof profiles: %s", diff)
		}
	}
}

func TestEndFailsWithoutTheCollection(t *testing.T) {
	server := httptest.NewServer(&collecting{})
	defer server.Close()
	m := Meter{Metrics: Endpoint{URL: server.URL + "/metrics"}, Process: &collecting{}, Pprof: Endpoint{URL: "http://127.0.0.1:0"}}
	if _, err := m.End(t.Context()); err == nil || !strings.Contains(err.Error(), "garbage collection") {
		t.Errorf("End() = %v", err)
	}
}
