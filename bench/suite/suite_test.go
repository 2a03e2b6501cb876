package suite

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
)

func TestNamesAreUniqueAndOfOneLength(t *testing.T) {
	var lab Lab
	lab.Seed(7)
	first := lab.Names(300)
	seen := make(map[string]bool)
	for _, name := range first {
		if seen[name] || len(name) != len(first[0]) {
			t.Fatalf("%q is not new or not as long as %q", name, first[0])
		}
		seen[name] = true
	}
	lab.Seed(7)
	if again := lab.Names(300); !slices.Equal(first, again) {
		t.Error("the same seed gives other names")
	}
}

func TestFailedOperationsAreCounted(t *testing.T) {
	lab := Lab{Timeout: 20 * time.Millisecond, Progress: func(float64) {}}
	var ops operations
	lab.run(context.Background(), &ops, 0, 6, 2, func(ctx context.Context, i int) (began, received time.Time, err error) {
		began = time.Now()
		switch i % 3 {
		case 0:
			return began, time.Now(), nil
		case 1:
			return began, time.Time{}, errors.New("refused")
		}
		<-ctx.Done()
		return began, time.Time{}, errors.New("was last seen in state IN_PROGRESS")
	})
	if len(ops.samples) != 2 || ops.failed != 4 {
		t.Errorf("%d succeeded and %d failed, want 2 and 4", len(ops.samples), ops.failed)
	}
	if all := strings.Join(ops.messages, "\n"); !strings.Contains(all, "refused") || !strings.Contains(all, "no outcome after 20ms: was last seen") {
		t.Errorf("messages:\n%s", all)
	}
}

// events holds the events of one watch per call.
func events(t *testing.T, watches ...string) (*Lab, *[]string) {
	t.Helper()
	var versions []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("watch") == "" {
			fmt.Fprint(w, `{"metadata":{"resourceVersion":"10"}}`)
			return
		}
		versions = append(versions, r.URL.Query().Get("resourceVersion"))
		if len(versions) > len(watches) {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			return
		}
		fmt.Fprint(w, watches[len(versions)-1])
	}))
	client, err := rest.UnversionedRESTClientFor(&rest.Config{
		Host:          server.URL,
		ContentConfig: rest.ContentConfig{NegotiatedSerializer: scheme.Codecs.WithoutConversion()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &Lab{REST: client}, &versions
}

func event(kind, name, version, state string) string {
	return fmt.Sprintf(`{"type":%q,"object":{"metadata":{"name":%q,"resourceVersion":%q},"status":{"state":%q}}}`+"\n", kind, name, version, state)
}

var configMaps = resource{schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}, true}

func active(o map[string]any, _ bool) (bool, error) {
	state, _, _ := unstructured.NestedString(o, "status", "state")
	return state == "ACTIVE", nil
}

func TestWatchGoesOnWhereTheServerEndedIt(t *testing.T) {
	lab, versions := events(t,
		event("ADDED", "a", "11", "")+event("MODIFIED", "a", "12", "IN_PROGRESS"),
		event("MODIFIED", "a", "13", "ACTIVE"))
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seen := make(chan struct{})
	watch := &Watch{waiting: make(map[string]*Expectation), stream: &stream{ended: seen}}
	expected := watch.Expect("a", active)
	version, err := lab.stream(ctx, []string{"/apis/x"}, "10", watch.receive)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lab.stream(ctx, []string{"/apis/x"}, version, watch.receive); err != nil {
		t.Fatal(err)
	}
	if _, err := expected.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(*versions, []string{"10", "12"}) {
		t.Errorf("watched from versions %v, want 10 and then 12", *versions)
	}
}

func TestWatchReportsWhatTheServerRefuses(t *testing.T) {
	lab, _ := events(t, `{"type":"ERROR","object":{"kind":"Status","message":"too old resource version","code":410}}`+"\n")
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	watch, err := lab.watch(ctx, configMaps, "default")
	if err != nil {
		t.Fatal(err)
	}
	_, err = watch.Expect("a", Gone).Wait(ctx)
	if err == nil || !strings.Contains(err.Error(), "too old resource version") {
		t.Errorf("Wait() = %v", err)
	}
}

func TestWaitTellsTheLastState(t *testing.T) {
	lab, _ := events(t, event("ADDED", "a", "11", "IN_PROGRESS"))
	ctx, cancel := context.WithCancel(context.Background())
	watch, err := lab.watch(ctx, configMaps, "default")
	if err != nil {
		t.Fatal(err)
	}
	expected := watch.Expect("a", func(map[string]any, bool) (bool, error) {
		cancel() // the event is received, but does not satisfy the condition
		return false, nil
	})
	if _, err := expected.Wait(ctx); err == nil || !strings.Contains(err.Error(), `a was last seen in state "IN_PROGRESS"`) {
		t.Errorf("Wait() = %v", err)
	}
}

// TestSettledPace checks that the controller settles between operations, and that an
// operation after one that never settled is not begun.
func TestSettledPace(t *testing.T) {
	var course []string
	lab := &Lab{Timeout: time.Minute, Progress: func(float64) {}, Settle: func(context.Context) error {
		course = append(course, "settled")
		return nil
	}}
	do := func(context.Context, int) (began, received time.Time, err error) {
		course = append(course, "done")
		return time.Now(), time.Now(), nil
	}
	pace := Pace{Workers: 1, Settled: true}
	if _, err := lab.runBlocks(t.Context(), bench.Benchmark{Ops: 3}, pace, do); err != nil {
		t.Fatal(err)
	}
	if want := []string{"done", "settled", "done", "settled", "done"}; !slices.Equal(course, want) {
		t.Errorf("%v, want %v", course, want)
	}
	course = nil
	lab.Settle = func(context.Context) error { return errors.New("never quiet") }
	if _, err := lab.runBlocks(t.Context(), bench.Benchmark{Ops: 3}, pace, do); err == nil || len(course) != 1 {
		t.Errorf("%v after %v", err, course)
	}
}
