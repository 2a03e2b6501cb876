package githubtest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// NewPiped starts a fake github.com that only [Server.Transport] can reach, over
// pipes in memory. Unlike the network, these work in a bubble of package
// synctest, in which waiting takes no time.
func NewPiped(t testing.TB) *Server {
	closed := make(chan struct{})
	p := &pipes{conns: make(chan net.Conn), closed: closed, close: sync.OnceFunc(func() { close(closed) })}
	transport := &http.Transport{DialContext: p.dial}
	s := start(t, "", "/graphql", func(h http.Handler) *httptest.Server {
		server := &httptest.Server{Listener: p, Config: &http.Server{Handler: h}}
		server.Start()
		return server
	})
	t.Cleanup(transport.CloseIdleConnections)
	s.Transport = transport
	return s
}

// pipes is a listener and the dialer that connects to it.
type pipes struct {
	conns  chan net.Conn
	closed <-chan struct{}
	close  func()
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.close()
	return nil
}

// Addr returns an address with the host of the fake's URLs.
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "github.test", Net: "pipe"} }
