package apiserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/meter"
)

// Options are the options of the server. The zero value serves on a free port of the loopback
// interface.
type Options struct {
	// Listen is the address to serve on, host:port; 127.0.0.1:0 if empty.
	Listen string
	// History is the number of events per resource that are kept for watches and lists at
	// an old version; 2000 if zero.
	History int
}

const (
	defaultListen  = "127.0.0.1:0"
	defaultHistory = 2000

	// startTimeout is much longer than the half second of a start.
	startTimeout = time.Minute
)

// A Server is a running API server.
type Server struct {
	url    string
	cancel context.CancelFunc
	done   chan struct{} // closed when everything has ended
}

// Start starts a server that runs until ctx is done or it is stopped. Start returns when the
// server is ready, which other processes can see at GET /readyz: discovery is complete and the
// namespaces of a fresh cluster exist. A process should run one server at a time, because the
// upstream code keeps global state. The log of that code is discarded.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Listen == "" {
		o.Listen = defaultListen
	}
	if o.History == 0 {
		o.History = defaultHistory
	}
	quietLog()

	listener, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, listenError(o.Listen, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{url: "http://" + listener.Addr().String(), cancel: cancel, done: make(chan struct{})}

	api, err := newAPI(ctx, s.loopback(), o.History)
	if err != nil {
		cancel()
		return nil, errors.Join(fmt.Errorf("set up the simulated API server: %w", err), listener.Close())
	}
	requests := meter.NewRequests()
	mux := http.NewServeMux()
	mux.Handle("/", requests.Wrap(api.Handler))
	requests.AddControl(mux)
	server := &http.Server{
		Handler: mux,
		// Ends watches and long polls when the server stops.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}

	// An interrupted hook exits the process, so hooks outlive a cancelled start.
	hooks, endHooks := context.WithCancel(context.WithoutCancel(ctx))
	started := make(chan struct{})

	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(listener) }) // ends with Close below
	api.RunPostStartHooks(hooks)
	go func() {
		<-ctx.Done()
		_ = server.Close()
		running.Wait()
		select {
		case <-started:
			endHooks()
		default:
		}
		api.Destroy()
		close(s.done)
	}()

	if err := s.waitReady(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start the simulated API server: %w", err)
	}
	close(started)
	return s, nil
}

// URL returns the address of the server: http://127.0.0.1:port.
func (s *Server) URL() string { return s.url }

// Stop stops the server and waits until it has ended.
func (s *Server) Stop() {
	s.cancel()
	s.Wait()
}

// Wait waits until the server has ended.
func (s *Server) Wait() { <-s.done }

// loopback returns the configuration of the clients with which the server uses itself.
func (s *Server) loopback() *rest.Config {
	return &rest.Config{
		Host:      s.url,
		UserAgent: meter.GatePrefix + "-apiserver",
		QPS:       -1, // not limited
	}
}

// waitReady waits until every part of the server has started.
func (s *Server) waitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	client, err := discovery.NewDiscoveryClientForConfig(s.loopback())
	if err != nil {
		return err
	}
	for {
		body, err := client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Raw()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w: %s", err, body)
		case <-time.After(10 * time.Millisecond): // there is no way to wait for readiness
		}
	}
}

// listenError returns an error that names the address once, without the layers of net's error.
func listenError(address string, err error) error {
	reason := err
	var op *net.OpError
	if errors.As(err, &op) {
		reason = op.Err
	}
	var call *os.SyscallError
	if errors.As(reason, &call) {
		reason = call.Err
	}
	return fmt.Errorf("the simulated API server cannot listen on %s: %w; choose another address, or port 0 for a free port", address, reason)
}
