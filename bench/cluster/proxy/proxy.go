// Package proxy is a reverse proxy in front of a real API server. It counts every request by
// verb, resource and code, with its bytes. It accepts plain HTTP without credentials on the
// loopback interface, and passes requests on over TLS with its own credentials. It buffers
// nothing, so watches keep streaming.
//
// It runs in a process of its own, so that its CPU time is counted separately.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kro/perf-gate/bench/meter"
)

// Serve accepts requests at the address listen and passes them on to the API server of a
// kubeconfig, until ctx is done. It writes a line to errors for each broken connection.
func Serve(ctx context.Context, listen, kubeconfig string, errors io.Writer) error {
	handler, err := newHandler(kubeconfig, log.New(errors, "", log.LstdFlags))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return fmt.Errorf("the counting proxy cannot listen on %s: %w; choose another address, or port 0 for a free port", listen, err)
	}
	return serve(ctx, listener, handler)
}

func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler: handler,
		// Ends watches and long polls when the proxy stops.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newHandler(kubeconfig string, errors *log.Logger) (http.Handler, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	config.UserAgent = "" // keep the user agent of the client
	transport, err := rest.TransportFor(config)
	if err != nil {
		return nil, err
	}
	requests := meter.NewRequests()
	mux := http.NewServeMux()
	requests.AddControl(mux)
	mux.Handle("/", requests.Wrap(&httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
		},
		Transport:     transport,
		FlushInterval: -1, // at once; otherwise a watch event would wait for the next one
		BufferPool:    &buffers{},
		ErrorLog:      errors,
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			if r.Context().Err() == nil { // otherwise the client has gone
				errors.Printf("%s %s: %v", r.Method, strings.SplitN(r.URL.Path, "?", 2)[0], err)
			}
			w.WriteHeader(http.StatusBadGateway)
		},
	}))
	return mux, nil
}

// buffers is a pool of buffers for copying bodies.
type buffers struct{ pool sync.Pool }

const bufferSize = 32 << 10

func (b *buffers) Get() []byte {
	if buffer, ok := b.pool.Get().(*[]byte); ok {
		return *buffer
	}
	return make([]byte, bufferSize)
}

func (b *buffers) Put(buffer []byte) { b.pool.Put(&buffer) }
