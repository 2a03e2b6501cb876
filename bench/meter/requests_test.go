package meter_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
)

func TestRequestsAreNamedAsTheAPIServerNamesThem(t *testing.T) {
	const (
		apply = "application/apply-patch+yaml; charset=utf-8"
		merge = "application/merge-patch+json"
	)
	for _, test := range []struct {
		method, path, contentType string
		verb, group, resource     string
	}{
		{"GET", "/api/v1/namespaces/a/configmaps/x", "", "get", "", "configmaps"},
		{"GET", "/api/v1/namespaces/a/configmaps", "", "list", "", "configmaps"},
		{"GET", "/api/v1/configmaps?watch=true", "", "watch", "", "configmaps"},
		{"POST", "/api/v1/namespaces/a/configmaps", "", "create", "", "configmaps"},
		{"PUT", "/api/v1/namespaces/a/configmaps/x", "", "update", "", "configmaps"},
		{"PATCH", "/api/v1/namespaces/a/configmaps/x", merge, "patch", "", "configmaps"},
		{"PATCH", "/api/v1/namespaces/a/configmaps/x", apply, "apply", "", "configmaps"},
		{"PATCH", "/apis/kro.run/v1alpha1/namespaces/a/webs/x/status", apply, "apply", "kro.run", "webs/status"},
		{"DELETE", "/apis/apps/v1/namespaces/a/deployments/x", "", "delete", "apps", "deployments"},
		{"DELETE", "/apis/apps/v1/namespaces/a/deployments", "", "deletecollection", "apps", "deployments"},
		{"GET", "/api/v1/namespaces/a", "", "get", "", "namespaces"},
		{"GET", "/apis/apps/v1", "", "get", "", "/apis/apps/v1"},
		{"GET", "/healthz", "", "get", "", "/healthz"},
	} {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			requests := meter.NewRequests()
			r := httptest.NewRequest(test.method, test.path, nil)
			r.Header.Set("Content-Type", test.contentType)
			r.Header.Set("User-Agent", "kro/v1")
			requests.Wrap(reply(http.StatusAccepted, "")).ServeHTTP(httptest.NewRecorder(), r)

			want := []bench.RequestCount{{Verb: test.verb, Group: test.group, Resource: test.resource, Code: 202, UserAgent: "kro/v1", Count: 1}}
			if diff := cmp.Diff(want, requests.Counts()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRequestsCountBytesAndOrderIsFixed(t *testing.T) {
	requests := meter.NewRequests()
	handler := requests.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
		reply(http.StatusOK, "12345").ServeHTTP(w, r)
	}))
	var clients sync.WaitGroup
	for _, agent := range []string{"b", "a"} {
		for range 10 {
			clients.Go(func() {
				r := httptest.NewRequest("POST", "/api/v1/namespaces/n/secrets", strings.NewReader("123"))
				r.Header.Set("User-Agent", agent)
				handler.ServeHTTP(httptest.NewRecorder(), r)
				requests.Counts()
			})
		}
	}
	clients.Wait()
	count := bench.RequestCount{Verb: "create", Resource: "secrets", Code: 200, Count: 10, SentB: 30, ReceivedB: 50}
	a, b := count, count
	a.UserAgent, b.UserAgent = "a", "b"
	if diff := cmp.Diff([]bench.RequestCount{a, b}, requests.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

// A watch is counted while it is open, its events reach the client at once, and it is
// counted under its status when it ends.
func TestRequestsCountOpenWatch(t *testing.T) {
	requests := meter.NewRequests()
	end := make(chan struct{})
	server := httptest.NewServer(requests.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flusher, ok := w.(http.Flusher)
		if !ok {
			t.Error("the API server refuses watches on a writer that is not an http.Flusher")
			return
		}
		io.WriteString(w, "event\n")
		flusher.Flush()
		<-end
	})))
	defer server.Close()

	r, err := http.NewRequest("GET", server.URL+"/api/v1/pods?watch=1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "kro")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if line, err := bufio.NewReader(response.Body).ReadString('\n'); err != nil || line != "event\n" {
		t.Fatalf("read %q, %v while the watch is open", line, err)
	}
	watch := bench.RequestCount{Verb: "watch", Resource: "pods", Code: 0, UserAgent: "kro", Count: 1, ReceivedB: 6}
	if diff := cmp.Diff([]bench.RequestCount{watch}, requests.Counts()); diff != "" {
		t.Errorf("open watch (-want +got):\n%s", diff)
	}
	close(end)
	io.Copy(io.Discard, response.Body) // ends when the handler has returned
	watch.Code = 200
	if diff := cmp.Diff([]bench.RequestCount{watch}, requests.Counts()); diff != "" {
		t.Errorf("ended watch (-want +got):\n%s", diff)
	}
}

func TestQuiet(t *testing.T) {
	const window = time.Second
	// serve runs a request of the agent for the given time.
	serve := func(requests *meter.Requests, agent, path string, length time.Duration) {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set("User-Agent", agent)
		requests.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			time.Sleep(length) // on the bubble's clock
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	for _, test := range []struct {
		name  string
		agent string
		path  string
		// The request runs from second 0 to this second.
		length time.Duration
		// Quiet is asked at second 0 and answers at this second.
		answered time.Duration
		quiet    bool
	}{
		{"a request in flight holds it up", "kro", "/api/v1/pods", 3 * time.Second, 4 * time.Second, true},
		{"a request longer than the timeout", "kro", "/api/v1/pods", time.Minute, 10 * time.Second, false},
		{"an open watch does not", "kro", "/api/v1/pods?watch=1", 20 * time.Second, 1 * time.Second, true},
		{"nor does the gate", "perf-gate/v1", "/api/v1/pods", 3 * time.Second, 1 * time.Second, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				requests := meter.NewRequests()
				start := time.Now()
				go serve(requests, test.agent, test.path, test.length)
				synctest.Wait()

				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				quiet, _ := requests.Quiet(ctx, window)
				if quiet != test.quiet {
					t.Errorf("quiet = %v, want %v", quiet, test.quiet)
				}
				if took := time.Since(start); took != test.answered {
					t.Errorf("answered after %v, want %v", took, test.answered)
				}
				time.Sleep(test.length)
			})
		})
	}

	t.Run("what ended long ago says nothing of what comes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			requests := meter.NewRequests()
			serve(requests, "kro", "/api/v1/pods", 0)
			time.Sleep(5 * window)
			called := time.Now()
			if quiet, _ := requests.Quiet(t.Context(), window); !quiet || time.Since(called) != window {
				t.Errorf("quiet = %v after %v, want true after %v", quiet, time.Since(called), window)
			}
		})
	})

	t.Run("every request restarts the window", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			requests := meter.NewRequests()
			start := time.Now()
			go func() {
				for range 5 {
					serve(requests, "kro", "/api/v1/pods", 0)
					time.Sleep(window - time.Millisecond)
				}
			}()
			synctest.Wait()
			quiet, last := requests.Quiet(t.Context(), window)
			wantLast := 4 * (window - time.Millisecond)
			if !quiet || last.Sub(start) != wantLast || time.Since(start) != wantLast+window {
				t.Errorf("quiet = %v with the last request after %v, answered after %v; want true, %v, %v",
					quiet, last.Sub(start), time.Since(start), wantLast, wantLast+window)
			}
		})
	})
}

func reply(code int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, body)
	})
}
