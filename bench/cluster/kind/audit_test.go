package kind

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/meter"
)

// growing is a log that grows while it is read.
type growing struct{ bytes.Buffer }

// The lines come from a real API server and KRO, one of each kind.
func TestAuditCountsByVerbAndResource(t *testing.T) {
	recorded, err := os.ReadFile("testdata/audit.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var log growing
	log.WriteString("tail: cannot open 'audit.log' for reading: No such file or directory\n")
	log.Write(recorded)
	a := readAudit(&log)
	counts, err := a.Requests(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := func(verb, group, resource string) (n int64) {
		for _, c := range counts {
			if c.Verb == verb && c.Group == group && c.Resource == resource {
				if c.Code < 200 || !strings.HasPrefix(c.UserAgent, "kro/") && !strings.Contains(c.UserAgent, "controller") {
					t.Errorf("code or user agent of %+v", c)
				}
				n += c.Count
			}
		}
		return n
	}
	for _, kind := range [][3]string{
		{"apply", "", "configmaps"}, {"get", "", "configmaps"}, {"watch", "kro.run", "crudchain2ds"},
		{"apply", "kro.run", "crudchain2ds"}, {"update", "kro.run", "crudchain2ds/status"},
		{"create", "internal.kro.run", "graphrevisions"}, {"get", "", "/api"},
	} {
		if n := of(kind[0], kind[1], kind[2]); n != 1 {
			t.Errorf("%v: %d, want 1", kind, n)
		}
	}
	var total int64
	for _, c := range counts {
		total += c.Count
	}
	if want := int64(bytes.Count(recorded, []byte("\n"))); total != want {
		t.Errorf("%d requests counted, want %d", total, want)
	}
}

// A line is counted once, when it is complete.
func TestAuditTakesTornLines(t *testing.T) {
	line := `{"verb":"get","requestURI":"/api/v1/namespaces/a/configmaps/b","userAgent":"kro","objectRef":{"resource":"configmaps"},"responseStatus":{"code":200}}` + "\n"
	var log growing
	a := readAudit(&log)
	count := func() (n int64) {
		counts, err := a.Requests(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range counts {
			n += c.Count
		}
		return n
	}
	for i := range line {
		log.WriteString(line[i : i+1])
		want := int64(0)
		if i == len(line)-1 {
			want = 1
		}
		if got := count(); got != want {
			t.Fatalf("after %d of %d bytes: %d, want %d", i+1, len(line), got, want)
		}
	}
}

func TestAuditQuiet(t *testing.T) {
	var log growing
	a := readAudit(&log)
	began := time.Now()
	if err := a.Quiet(t.Context(), 50*time.Millisecond, time.Minute); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("Quiet = %v after %s", err, time.Since(began))
	}
	err := a.Quiet(t.Context(), time.Hour, time.Millisecond)
	if !errors.As(err, new(meter.ErrNotQuiet)) {
		t.Errorf("Quiet = %v, want a time-out", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the pod is gone"))
	if err := a.Quiet(ctx, time.Hour, time.Hour); err == nil || err.Error() != "the pod is gone" {
		t.Errorf("Quiet = %v, want the cause", err)
	}
}

func FuzzAudit(f *testing.F) {
	recorded, err := os.ReadFile("testdata/audit.jsonl")
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(recorded) {
		f.Add(string(line))
	}
	f.Add("\n\x00{}\nnull\n[]\n{\"verb\":\"get\",\"requestURI\":\"%\"}\n")
	f.Fuzz(func(t *testing.T, log string) {
		whole, err := readAudit(strings.NewReader(log)).Requests(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		var growing growing
		a := readAudit(&growing)
		var parts []bench.RequestCount
		for len(log) > 0 { // in two pieces
			n := (len(log) + 1) / 2
			growing.WriteString(log[:n])
			log = log[n:]
			if parts, err = a.Requests(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(whole, parts) && len(whole)+len(parts) > 0 {
			t.Errorf("read at once: %v, in pieces: %v", whole, parts)
		}
	})
}
