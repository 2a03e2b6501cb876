package process

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// WaitReady waits until a health endpoint of the child answers 200. If the child ends
// first or is not ready within limit, WaitReady kills it and returns an error with the
// last lines of its log.
func (p *Process) WaitReady(ctx context.Context, url string, limit time.Duration) error {
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	go func() { // another program on the port may never answer
		select {
		case <-p.done:
			cancel()
		case <-waiting.Done():
		}
	}()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if healthy(waiting, url) {
				return p.Exited() // nil, unless it was another program that answered
			}
		case <-waiting.Done():
			exited := p.Exited()
			p.Kill()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if exited != nil {
				return exited
			}
			return fmt.Errorf("%s was not ready after %s\n  %s\n%s", p.name, limit, CommandLine(p.cmd), Tail(p.log))
		}
	}
}

func healthy(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode == http.StatusOK
}

// Ports that systems do not give to connections on their own: Linux begins at 32768, macOS at
// 49152. A connection could take any other port between its choice and its use.
const firstPort, lastPort = 20000, 29999

// FreeAddresses returns n different free addresses on the loopback interface.
func FreeAddresses(n int) ([]string, error) {
	addresses := make([]string, n)
	for i := range addresses {
		listener, err := listen()
		if err != nil {
			return nil, fmt.Errorf("no free port on the loopback interface: %w", err)
		}
		defer listener.Close() // held until the last is found, so that they differ
		addresses[i] = listener.Addr().String()
	}
	return addresses, nil
}

// listen listens on one of the ports, chosen at random.
func listen() (listener net.Listener, err error) {
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if listener, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			return listener, nil
		}
	}
	return nil, err
}
