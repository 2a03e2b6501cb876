package meter

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
)

// An Endpoint is something that a controller serves over HTTP. A controller in a pod
// is reached through the API server, which needs a client of its own.
type Endpoint struct {
	Client *http.Client // nil means http.DefaultClient
	URL    string
}

// Get returns the body of a successful answer. It asks for an uncompressed body,
// because compressing costs the controller more than sending the bytes.
func (e Endpoint) Get(ctx context.Context) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Encoding", "identity")
	client := e.Client
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("GET %s: %s", e.URL, response.Status)
	}
	return response.Body, nil
}

// Sum scrapes the endpoint and adds up the named families. If the endpoint exposes
// none of them, ok is false.
func (e Endpoint) Sum(ctx context.Context, names ...string) (total float64, ok bool, err error) {
	body, err := e.Get(ctx)
	if err != nil {
		return 0, false, err
	}
	defer body.Close()
	s, err := parse(body, func(name string) bool { return slices.Contains(names, name) })
	if err != nil {
		return 0, false, fmt.Errorf("GET %s: %w", e.URL, err)
	}
	total, ok = s.sum(names...)
	return total, ok, nil
}
