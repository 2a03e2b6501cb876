package pprof_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	netpprof "net/http/pprof"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
)

// all holds both kinds.
var all = pprof.Kinds[:]

// serve starts a server of the handler and returns its pprof address.
func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server, server.URL + "/debug/pprof"
}

// served returns a profile as a server sends it.
func served(t *testing.T, p *profile.Profile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// cpuProfile returns a profile of one stack, main.work, with n samples of 10 ms.
func cpuProfile(n int64) *profile.Profile {
	function := &profile.Function{ID: 1, Name: "main.work"}
	location := &profile.Location{ID: 1, Line: []profile.Line{{Function: function}}}
	return &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		PeriodType: &profile.ValueType{Type: "cpu", Unit: "nanoseconds"},
		Period:     1e7,
		Sample:     []*profile.Sample{{Location: []*profile.Location{location}, Value: []int64{n, n * 1e7}}},
		Location:   []*profile.Location{location},
		Function:   []*profile.Function{function},
	}
}

// heapProfile returns a profile of one stack, main.work.
func heapProfile(objects, bytes, inuse int64) *profile.Profile {
	p := cpuProfile(0)
	p.SampleType = nil
	for _, t := range []string{"alloc_objects/count", "alloc_space/bytes", "inuse_objects/count", "inuse_space/bytes"} {
		name, unit, _ := strings.Cut(t, "/")
		p.SampleType = append(p.SampleType, &profile.ValueType{Type: name, Unit: unit})
	}
	p.PeriodType, p.Period = &profile.ValueType{Type: "space", Unit: "bytes"}, 512<<10
	p.Sample[0].Value = []int64{objects, bytes, 1, inuse}
	return p
}

// total returns the sum of one sample type.
func total(t *testing.T, p *profile.Profile, sampleType string) (sum int64) {
	t.Helper()
	if p == nil {
		t.Fatalf("no profile with %s", sampleType)
	}
	for i, v := range p.SampleType {
		if v.Type == sampleType {
			for _, s := range p.Sample {
				sum += s.Value[i]
			}
			return sum
		}
	}
	t.Fatalf("no %s in the profile", sampleType)
	return 0
}

// At this rate, the profile misses no allocation of a megabyte, and its estimates of
// them are exact.
func init() { runtime.MemProfileRate = 16 << 10 }

// kept and dropped keep the workload's allocations alive, so that they are on the heap.
var kept, dropped [][]byte

//go:noinline
func allocate(n int) (list [][]byte) {
	for range n {
		list = append(list, make([]byte, 1<<20))
	}
	return list
}

// The profiles of a real server show what this process does between Start and Stop, and
// nothing from before.
func TestCollectFromARealServer(t *testing.T) {
	_, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/profile") {
			r.URL.RawQuery = "seconds=1" // the shortest possible
			netpprof.Profile(w, r)
			return
		}
		netpprof.Index(w, r)
	})
	kept = allocate(300)
	c := pprof.Start(t.Context(), http.DefaultClient, address, all)
	dropped = allocate(30)
	x := 1.0
	for end := time.Now().Add(1500 * time.Millisecond); time.Now().Before(end); {
		x = x*1.0000001 + 1
	}
	got, err := c.Stop(t.Context())
	if err != nil || x == 0 {
		t.Fatal(err)
	}
	if cpu := total(t, got[pprof.CPU], "cpu"); cpu < 2e8 {
		t.Errorf("%d ns of CPU time in the profile of more than a second of work", cpu)
	}
	if space := total(t, only(got[pprof.Heap], "allocate"), "alloc_space"); space < 30<<20 || space > 31<<20 {
		t.Errorf("%d MiB allocated, want the 30 since the start and not the 300 before", space>>20)
	}
	if inuse := total(t, only(got[pprof.Heap], "allocate"), "inuse_space"); inuse < 330<<20 {
		t.Errorf("%d MiB in use, want the 330 that are", inuse>>20)
	}
	kept, dropped = nil, nil
}

// only keeps the samples with a function in their stacks.
func only(p *profile.Profile, function string) *profile.Profile {
	p = p.Copy()
	var samples []*profile.Sample
	for _, s := range p.Sample {
		for _, l := range s.Location {
			if strings.HasSuffix(l.Line[len(l.Line)-1].Function.Name, "."+function) {
				samples = append(samples, s)
				break
			}
		}
	}
	p.Sample = samples
	return p
}

// The slices of the CPU profile add up; Stop waits for the one under way.
func TestCollectMergesSlices(t *testing.T) {
	var slices atomic.Int64
	third, finish := make(chan struct{}), make(chan struct{})
	_, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("seconds") != "5" {
			t.Errorf("asked for %s", r.URL)
		}
		if slices.Add(1) == 3 {
			close(third)
			<-finish
		}
		_, _ = w.Write(served(t, cpuProfile(slices.Load())))
	})
	c := pprof.Start(t.Context(), http.DefaultClient, address, []pprof.Kind{pprof.CPU})
	<-third
	time.AfterFunc(20*time.Millisecond, func() { close(finish) })
	got, err := c.Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := total(t, got[pprof.CPU], "samples"); n != 1+2+3 {
		t.Errorf("%d samples, want those of all three slices: 6", n)
	}
	if n := slices.Load(); n != 3 {
		t.Errorf("%d slices were asked for, want none after Stop", n)
	}
	if _, heap := got[pprof.Heap]; heap {
		t.Error("a heap profile, which was not asked for")
	}
}

// A KRO that dies in the middle leaves the slices before its end, and a one-line error.
// They can be stored, but are not read back as the whole session.
func TestCollectFromADyingServer(t *testing.T) {
	var slices, heaps atomic.Int64
	dead := make(chan struct{})
	_, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		whole := served(t, cpuProfile(7))
		switch {
		case strings.HasSuffix(r.URL.Path, "/heap") && heaps.Add(1) == 1:
			whole = served(t, heapProfile(1, 2, 3))
		case slices.Add(1) > 2:
			w.Header().Set("Content-Length", "1000000")
			_, _ = w.Write(whole[:len(whole)/2])
			w.(http.Flusher).Flush()
			if slices.Load() == 3 {
				close(dead)
			}
			panic(http.ErrAbortHandler)
		}
		_, _ = w.Write(whole)
	})
	c := pprof.Start(t.Context(), http.DefaultClient, address, all)
	<-dead
	got, err := c.Stop(t.Context())
	want := "cpu profile: GET " + address + "/profile?seconds=5: unexpected EOF: KRO was not built with its pprof tag, or it is gone"
	if err == nil || err.Error() != want {
		t.Errorf("got error %v\nwant %s", err, want)
	}
	if n := total(t, got[pprof.CPU], "samples"); n != 14 {
		t.Errorf("%d samples, want the 14 of the whole slices", n)
	}
	dir := t.TempDir()
	if err := pprof.Write(dir, 0, bench.Base, got); err != nil {
		t.Fatal(err)
	}
	if files, err := pprof.Read(dir, record); err != nil || len(files) != 0 {
		t.Errorf("read back %v, %v", files, err)
	}
}

// If the caller ends the wait, Stop still returns the slices it has.
func TestStopGivesUp(t *testing.T) {
	var slices atomic.Int64
	second := make(chan struct{})
	_, address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if slices.Add(1) == 2 {
			close(second)
			<-r.Context().Done()
			return
		}
		_, _ = w.Write(served(t, cpuProfile(5)))
	})
	c := pprof.Start(t.Context(), http.DefaultClient, address, []pprof.Kind{pprof.CPU})
	<-second
	hurry := errors.New("the run was interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(hurry)
	got, err := c.Stop(ctx)
	if !errors.Is(err, hurry) {
		t.Errorf("got error %v, want %v", err, hurry)
	}
	if n := total(t, got[pprof.CPU], "samples"); n != 5 {
		t.Errorf("%d samples, want the 5 of the first slice", n)
	}
}

func TestCollectFromTheWrongServer(t *testing.T) {
	const remedy = ": KRO was not built with its pprof tag, or it is gone"
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"other server": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("# HELP")) }, ": the answer is not a profile" + remedy},
		"no pprof":     {http.NotFound, ": 404 Not Found" + remedy},
		"in use": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Could not enable CPU profiling: cpu profiling already in use\n", http.StatusInternalServerError)
		}, `: 500 Internal Server Error: "Could not enable CPU profiling: cpu profiling already in use"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, address := serve(t, test.handler)
			got, err := pprof.Start(t.Context(), http.DefaultClient, address, all).Stop(t.Context())
			if want := "heap profile: GET " + address + "/heap?gc=1" + test.want; err == nil || err.Error() != want {
				t.Errorf("got error %v\nwant %s", err, want)
			}
			if len(got) != 0 {
				t.Errorf("got %v from a server without profiles", got)
			}
		})
	}
	server, address := serve(t, http.NotFound)
	server.Close()
	_, err := pprof.Start(t.Context(), http.DefaultClient, address, []pprof.Kind{pprof.CPU}).Stop(t.Context())
	if err == nil || !strings.Contains(err.Error(), "connection refused"+remedy) || strings.Count(err.Error(), address) != 1 {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestHeapCountsFromTheStart(t *testing.T) {
	var asked atomic.Int64
	_, address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		p := heapProfile(100, 1000, 50)
		if asked.Add(1) == 2 {
			p = heapProfile(130, 1500, 20)
		}
		_, _ = w.Write(served(t, p))
	})
	got, err := pprof.Start(t.Context(), http.DefaultClient, address, []pprof.Kind{pprof.Heap}).Stop(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for sampleType, want := range map[string]int64{"alloc_objects": 30, "alloc_space": 500, "inuse_space": 20} {
		if n := total(t, got[pprof.Heap], sampleType); n != want {
			t.Errorf("%s is %d, want %d", sampleType, n, want)
		}
	}
}
