package pprof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// patience is the time that an answer may take beyond its slice.
const patience = 30 * time.Second

// remedy ends errors about servers that do not answer as KRO does.
const remedy = "KRO was not built with its pprof tag, or it is gone"

// A server is a net/http/pprof server.
type server struct {
	client *http.Client
	url    string
}

// get returns a profile as the server sends it, compressed.
func (s server) get(ctx context.Context, what string) ([]byte, error) {
	address := s.url + "/" + what
	limited, cancel := context.WithTimeout(ctx, slice+patience)
	defer cancel()
	request, err := http.NewRequestWithContext(limited, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, gone(ctx, address, err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	switch {
	case err != nil:
		return nil, gone(ctx, address, err)
	case response.StatusCode == http.StatusNotFound:
		return nil, fmt.Errorf("GET %s: %s: %s", address, response.Status, remedy)
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("GET %s: %s: %s", address, response.Status, firstLine(data))
	case len(data) > maxSize:
		return nil, fmt.Errorf("GET %s: more than %d MiB", address, maxSize>>20)
	case !bytes.HasPrefix(data, gzipMagic):
		return nil, fmt.Errorf("GET %s: the answer is not a profile: %s", address, remedy)
	}
	return data, nil
}

// gone returns the error for a request without an answer. If ctx is done, its cause is
// the reason.
func gone(ctx context.Context, address string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("GET %s: %w", address, context.Cause(ctx))
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok { // it repeats the address
		err = wrapped.Err
	}
	return fmt.Errorf("GET %s: %w: %s", address, err, remedy)
}

// firstLine returns the start of a server's error message.
func firstLine(data []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(data)), "\n")
	return fmt.Sprintf("%.200q", line)
}
