package cluster

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
)

// An API that is not ready for a moment is busy. One that is not ready for long, or whose
// connections break, has died.
func TestWatchdog(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			http.Error(w, "busy", http.StatusInternalServerError)
		}
	}))
	client := discovery.NewDiscoveryClientForConfigOrDie(&rest.Config{Host: server.URL}).RESTClient()
	w := Watch("the API", client)
	for asked.Load() < 4 {
		time.Sleep(10 * time.Millisecond)
	}
	if err := w.Ended(); err != nil {
		t.Errorf("busy for a moment: %v", err)
	}
	server.Close()
	select {
	case <-w.Done():
	case <-time.After(10 * time.Second):
		t.Fatal("the end was not noticed")
	}
	if err := w.Ended(); err == nil || !strings.HasPrefix(err.Error(), "the API stopped answering: ") {
		t.Errorf("Ended = %v", err)
	}
	w.Stop()
}

// A proxy of a dead server accepts connections and drops them.
func TestWatchdogBehindProxy(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	w := Watch("the API", discovery.NewDiscoveryClientForConfigOrDie(&rest.Config{Host: server.URL}).RESTClient())
	defer w.Stop()
	for asked.Load() < 2 {
		time.Sleep(10 * time.Millisecond)
	}
	select {
	case <-w.Done():
	case <-time.After(time.Second):
		t.Error("dropped connections were not noticed at once")
	}
}
