package kind

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
)

// auditPolicy makes the API server log each request of KRO's service account when it ends,
// without objects, and no other requests.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
- level: Metadata
  userGroups: ["system:serviceaccounts:` + cluster.KRONamespace + `"]
- level: None
`

// An event is the part of a line of the audit log that counts.
type event struct {
	Verb       string `json:"verb"`
	RequestURI string `json:"requestURI"`
	UserAgent  string `json:"userAgent"`
	ObjectRef  struct {
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		APIGroup    string `json:"apiGroup"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
}

// count returns the kind of request that the event counts for, with a count of 0.
func (e event) count() bench.RequestCount {
	c := bench.RequestCount{
		Verb: e.Verb, Group: e.ObjectRef.APIGroup, Resource: e.ObjectRef.Resource,
		Code: e.ResponseStatus.Code, UserAgent: e.UserAgent,
	}
	if e.ObjectRef.Subresource != "" {
		c.Resource += "/" + e.ObjectRef.Subresource
	}
	uri, err := url.Parse(e.RequestURI)
	if err != nil {
		return c
	}
	if c.Resource == "" {
		c.Resource = uri.Path
	}
	// Only server-side apply has the parameter force, and KRO always sets it.
	if c.Verb == "patch" && uri.Query().Has("force") {
		c.Verb = "apply"
	}
	return c
}

// An audit counts requests from an audit log while it grows.
type audit struct {
	mu     sync.Mutex
	lines  *bufio.Reader
	torn   []byte // the start of an incomplete line
	counts map[bench.RequestCount]int64
	last   time.Time // when the last request other than a watch was seen
}

// auditPoll is the interval between two looks at a growing log.
const auditPoll = 20 * time.Millisecond

// readAudit returns an audit of a growing log.
func readAudit(r io.Reader) *audit {
	return &audit{lines: bufio.NewReaderSize(r, 1<<16), counts: make(map[bench.RequestCount]int64)}
}

// read counts the lines that are new since the last call. It skips lines that are not
// events, such as tail's message about a file that does not exist yet.
func (a *audit) read() error {
	for {
		part, err := a.lines.ReadBytes('\n')
		a.torn = append(a.torn, part...)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var e event
		if json.Unmarshal(a.torn, &e) == nil && e.Verb != "" {
			a.counts[e.count()]++
			if e.Verb != "watch" {
				a.last = time.Now()
			}
		}
		a.torn = a.torn[:0]
	}
}

// Requests implements [meter.Counter].
func (a *audit) Requests(context.Context) ([]bench.RequestCount, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.read(); err != nil {
		return nil, err
	}
	counts := make([]bench.RequestCount, 0, len(a.counts))
	for c, n := range a.counts {
		c.Count = n
		counts = append(counts, c)
	}
	slices.SortFunc(counts, func(x, y bench.RequestCount) int {
		return cmp.Or(
			strings.Compare(x.UserAgent, y.UserAgent), strings.Compare(x.Group, y.Group),
			strings.Compare(x.Resource, y.Resource), strings.Compare(x.Verb, y.Verb), cmp.Compare(x.Code, y.Code),
		)
	})
	return counts, nil
}

// Quiet implements [meter.Counter]. It sees a request when the request has ended.
func (a *audit) Quiet(ctx context.Context, window, limit time.Duration) error {
	called := time.Now()
	for {
		a.mu.Lock()
		err := a.read()
		last := a.last
		a.mu.Unlock()
		if err != nil {
			return err
		}
		if min(time.Since(last), time.Since(called)) >= window {
			return nil
		}
		if time.Since(called) > limit {
			return meter.ErrNotQuiet{Window: window, Limit: limit}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(auditPoll):
		}
	}
}
