package apiserver

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kro/perf-gate/bench/meter"
)

const (
	defaultWindow  = 700 * time.Millisecond
	defaultTimeout = time.Minute
)

// quietAnswer is the answer to GET /perf-gate/v1/quiet.
type quietAnswer struct {
	Quiet bool      `json:"quiet"`
	Last  time.Time `json:"last"` // when the last controller request ended
}

// addControl adds the paths through which the gate observes the server:
//
//	GET /perf-gate/v1/requests                          the counts since the start
//	GET /perf-gate/v1/quiet?window=700ms&timeout=60s    waits for quiet
func addControl(mux *http.ServeMux, requests *meter.Requests) {
	mux.HandleFunc("GET /perf-gate/v1/requests", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, requests.Counts())
	})
	mux.HandleFunc("GET /perf-gate/v1/quiet", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		window, err := duration(query, "window", defaultWindow)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		timeout, err := duration(query, "timeout", defaultTimeout)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), timeout)
		defer cancel()
		quiet, last := requests.Quiet(ctx, window)
		answer(w, quietAnswer{Quiet: quiet, Last: last})
	})
}

func duration(query url.Values, name string, value time.Duration) (time.Duration, error) {
	text := query.Get(name)
	if text == "" {
		return value, nil
	}
	value, err := time.ParseDuration(text)
	if err != nil || value < 0 {
		return 0, fmt.Errorf("%s=%s: want a duration such as 700ms or 60s", name, text)
	}
	return value, nil
}

func answer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // fails only if the client is gone
}
