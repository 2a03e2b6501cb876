package meter

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/kro/perf-gate/bench"
)

const (
	defaultWindow  = 700 * time.Millisecond
	defaultTimeout = time.Minute
)

// A quietAnswer is the answer to GET /perf-gate/v1/quiet.
type quietAnswer struct {
	Quiet bool      `json:"quiet"`
	Last  time.Time `json:"last"` // when the last controller request ended
}

const (
	requestsPath = "/perf-gate/v1/requests"
	quietPath    = "/perf-gate/v1/quiet"
)

// AddControl adds paths for the gate to observe a server or proxy in another process
// (see [Remote]). Requests to them are not counted:
//
//	GET /perf-gate/v1/requests                          the counts since the start
//	GET /perf-gate/v1/quiet?window=700ms&timeout=60s    waits for quiet
func (r *Requests) AddControl(mux *http.ServeMux) {
	mux.HandleFunc("GET "+requestsPath, func(w http.ResponseWriter, _ *http.Request) {
		writeAnswer(w, r.Counts())
	})
	mux.HandleFunc("GET "+quietPath, func(w http.ResponseWriter, req *http.Request) {
		query := req.URL.Query()
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
		ctx, cancel := context.WithTimeout(req.Context(), timeout)
		defer cancel()
		quiet, last := r.Quiet(ctx, window)
		writeAnswer(w, quietAnswer{Quiet: quiet, Last: last})
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

func writeAnswer(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value) // fails only if the client is gone
}

// Remote reads the counts of a [Requests] in another process through its control
// paths at URL.
type Remote struct{ URL string }

// Requests implements [Counter].
func (r Remote) Requests(ctx context.Context) ([]bench.RequestCount, error) {
	var counts []bench.RequestCount
	err := r.get(ctx, requestsPath, &counts)
	return counts, err
}

// Quiet implements [Counter].
func (r Remote) Quiet(ctx context.Context, window, limit time.Duration) error {
	var a quietAnswer
	query := url.Values{"window": {window.String()}, "timeout": {limit.String()}}
	if err := r.get(ctx, quietPath+"?"+query.Encode(), &a); err != nil {
		return err
	}
	if !a.Quiet {
		return ErrNotQuiet{Window: window, Limit: limit}
	}
	return nil
}

func (r Remote) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.URL+path, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s", r.URL+path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// ErrNotQuiet means that a controller kept making requests.
type ErrNotQuiet struct{ Window, Limit time.Duration }

func (e ErrNotQuiet) Error() string {
	return "the controller did not settle: within " + e.Limit.String() +
		" it never went " + e.Window.String() + " without a request"
}
