package meter

import (
	"cmp"
	"context"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/endpoints/responsewriter"

	"github.com/kro/perf-gate/bench"
)

// GatePrefix starts the user agent of every client of the gate itself. Its requests
// are counted but do not disturb the quiet.
const GatePrefix = "perf-gate"

// Requests counts Kubernetes API requests on their way to a handler: a server, or a
// proxy to one. It does not buffer bodies, so watches keep streaming.
type Requests struct {
	resolver request.RequestInfoFactory

	mu     sync.Mutex
	done   map[kind]*total
	open   map[*exchange]struct{} // watches only
	active int                    // controller requests in flight, watches excepted
	last   time.Time              // when a controller request last ended or a watch was opened
	idle   chan struct{}          // closed when active drops to 0; nil while nobody waits
}

// A kind is a group of requests that are counted together.
type kind struct {
	userAgent, group, resource, verb string
	code                             int
}

type total struct{ count, sent, received int64 }

// An exchange is one request in flight.
type exchange struct {
	kind           // with code 0
	gate           bool
	sent, received atomic.Int64
}

// NewRequests returns a Requests with no counts.
func NewRequests() *Requests {
	return &Requests{
		resolver: request.RequestInfoFactory{APIPrefixes: sets.NewString("api", "apis"), GrouplessAPIPrefixes: sets.NewString("api")},
		done:     map[kind]*total{},
		open:     map[*exchange]struct{}{},
	}
}

// Wrap returns a handler that counts each request and passes it to next.
func (r *Requests) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		x := r.begin(req)
		counted := &responseWriter{ResponseWriter: w, n: &x.received}
		defer func() { r.end(x, counted.code) }()
		if req.Body != nil && req.Body != http.NoBody {
			shallow := *req
			shallow.Body = &requestBody{ReadCloser: req.Body, n: &x.sent}
			req = &shallow
		}
		next.ServeHTTP(responsewriter.WrapForHTTP1Or2(counted), req)
	})
}

func (r *Requests) begin(req *http.Request) *exchange {
	x := &exchange{kind: r.kindOf(req), gate: strings.HasPrefix(req.UserAgent(), GatePrefix)}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case x.verb == "watch":
		r.open[x] = struct{}{}
		if !x.gate {
			r.last = time.Now()
		}
	case !x.gate:
		r.active++
	}
	return x
}

func (r *Requests) end(x *exchange, code int) {
	k := x.kind
	k.code = cmp.Or(code, http.StatusOK) // what net/http sends for a handler that wrote nothing
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.open, x)
	t := r.done[k]
	if t == nil {
		t = &total{}
		r.done[k] = t
	}
	t.add(x)
	if x.gate {
		return
	}
	r.last = time.Now()
	if x.verb == "watch" {
		return
	}
	r.active--
	if r.active == 0 && r.idle != nil {
		close(r.idle)
		r.idle = nil
	}
}

func (t *total) add(x *exchange) {
	t.count++
	t.sent += x.sent.Load()
	t.received += x.received.Load()
}

func (r *Requests) kindOf(req *http.Request) kind {
	k := kind{userAgent: req.UserAgent(), verb: strings.ToLower(req.Method), resource: req.URL.Path}
	info, err := r.resolver.NewRequestInfo(req)
	if err != nil || !info.IsResourceRequest {
		return k
	}
	k.verb, k.group, k.resource = info.Verb, info.APIGroup, info.Resource
	if info.Subresource != "" {
		k.resource += "/" + info.Subresource
	}
	if k.verb == "patch" && isApply(req.Header.Get("Content-Type")) {
		k.verb = "apply"
	}
	return k
}

func isApply(contentType string) bool {
	media, _, _ := mime.ParseMediaType(contentType)
	return media == string(types.ApplyYAMLPatchType) || media == string(types.ApplyCBORPatchType)
}

// Counts returns the counts since the start, ordered by user agent, group, resource,
// verb and code. A request is counted when it ends. An open watch is counted with code
// 0 and the bytes it has carried so far.
func (r *Requests) Counts() []bench.RequestCount {
	r.mu.Lock()
	defer r.mu.Unlock()
	totals := make(map[kind]total, len(r.done)+len(r.open))
	for k, t := range r.done {
		totals[k] = *t
	}
	for x := range r.open {
		t := totals[x.kind]
		t.add(x)
		totals[x.kind] = t
	}
	counts := make([]bench.RequestCount, 0, len(totals))
	for k, t := range totals {
		counts = append(counts, bench.RequestCount{
			Verb: k.verb, Resource: k.resource, Group: k.group, Code: k.code, UserAgent: k.userAgent,
			Count: t.count, SentB: t.sent, ReceivedB: t.received,
		})
	}
	slices.SortFunc(counts, func(a, b bench.RequestCount) int {
		return cmp.Or(
			cmp.Compare(a.UserAgent, b.UserAgent),
			cmp.Compare(a.Group, b.Group),
			cmp.Compare(a.Resource, b.Resource),
			cmp.Compare(a.Verb, b.Verb),
			cmp.Compare(a.Code, b.Code),
		)
	})
	return counts
}

// Quiet waits until, for the length of window, no controller request was in flight,
// ended or opened a watch. Then it returns true. If ctx is done first, it returns
// false. The window starts no earlier than the call, because new work may not have
// reached the controller yet. Open watches and requests of the gate (see [GatePrefix])
// do not break the quiet. last is when the last request ended, or zero if there was
// none.
func (r *Requests) Quiet(ctx context.Context, window time.Duration) (quiet bool, last time.Time) {
	called := time.Now()
	for {
		r.mu.Lock()
		active, last := r.active, r.last
		if active > 0 && r.idle == nil {
			r.idle = make(chan struct{})
		}
		idle := r.idle
		r.mu.Unlock()

		var elapsed <-chan time.Time
		if active == 0 {
			remaining := window - min(time.Since(last), time.Since(called))
			if remaining <= 0 {
				return true, last
			}
			elapsed, idle = time.After(remaining), nil
		}
		select {
		case <-ctx.Done():
			return false, last
		case <-idle:
		case <-elapsed:
		}
	}
}

// A requestBody counts the bytes that a handler reads.
type requestBody struct {
	io.ReadCloser
	n *atomic.Int64
}

func (b *requestBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.n.Add(int64(n))
	return n, err
}

// A responseWriter counts the bytes that a handler writes and keeps the status code.
type responseWriter struct {
	http.ResponseWriter
	n    *atomic.Int64
	code int // 0 before the header is written
}

func (w *responseWriter) WriteHeader(code int) {
	if w.code == 0 && code >= http.StatusOK { // 1xx are announcements
		w.code = code
	}
	w.ResponseWriter.WriteHeader(code)
}

func (w *responseWriter) Write(p []byte) (int, error) {
	w.code = cmp.Or(w.code, http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.n.Add(int64(n))
	return n, err
}

// Unwrap returns the underlying writer, which can flush and hijack.
func (w *responseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
