package branch_test

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
)

var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// record returns a run of two rounds that started the given minutes after start.
func record(minutes int) *bench.Record {
	const noop = "CRUD/op=noop/shape=flat/n=10"
	rec := &bench.Record{Header: bench.Header{
		Schema: bench.Schema, Tool: "v0.1.0", Created: start.Add(time.Duration(minutes) * time.Minute),
		Plan: bench.Plan{
			Cluster: "simulation", Profile: "quick", Suites: []string{"crud"}, Rounds: 2,
			Order:      []bench.Arm{bench.Base, bench.Head, bench.Head, bench.Base},
			Benchmarks: []bench.Benchmark{{Name: noop, Suite: "crud", Ops: 10}},
		},
		Environment: bench.Environment{OS: "linux", Arch: "amd64", CPU: "AMD EPYC 7763", CPUs: 2, Kernel: "6.18.44", Go: "go1.26.8"},
		Builds: map[bench.Arm]bench.Build{
			bench.Base: {Ref: "v0.9.1", Version: "v0.9.1", Kind: "release", Digest: "sha256:" + strings.Repeat("1", 64), Args: []string{}},
			bench.Head: {Ref: "v0.9.2", Version: "v0.9.2", Kind: "release", Digest: "sha256:" + strings.Repeat("2", 64), Args: []string{}},
		},
	}}
	for i, arm := range rec.Header.Plan.Order {
		rec.Sessions = append(rec.Sessions, bench.Session{
			Index: i, Round: i / 2, Arm: arm, Started: rec.Header.Created, Seconds: 40,
			Results: []bench.Result{{Benchmark: noop, Ops: 10, Seconds: 1, Metrics: map[string]float64{"requests/op": float64(minutes)}}},
		})
	}
	return rec
}

func full(minutes int) *bench.Record {
	rec := record(minutes)
	rec.Header.Plan.Profile = "full"
	return rec
}

func update(t *testing.T, b *branch.Branch, rec *bench.Record, name string) baseline.Entry {
	t.Helper()
	e, err := b.Update(t.Context(), rec, name)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func names(entries []baseline.Entry) []string {
	var all []string
	for _, e := range entries {
		all = append(all, e.Name)
	}
	return all
}

func wantNames(t *testing.T, b *branch.Branch, want ...string) {
	t.Helper()
	entries, err := b.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, names(entries)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", parts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
	for _, part := range parts {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("got %q, want it to say %q", err, part)
		}
	}
}

// Fifty runs on the default branch end at once, while GitHub fails now and then:
// before it did what it was asked for, or after.
func TestFiftyUpdatesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writers = 50
		g := newGitHub()
		g.latency = 200 * time.Millisecond
		g.before = func(*http.Request) *reply {
			if rand.N(100) == 0 {
				return status(502, "Server Error")
			}
			return nil
		}
		g.after = func(_ *http.Request, answer *reply) {
			if rand.N(100) == 0 {
				*answer = *status(502, "Server Error")
			}
		}
		began := time.Now()
		var all sync.WaitGroup
		var want []string
		for i := range writers {
			name := fmt.Sprintf("commit%02d", i)
			want = append(want, name)
			all.Go(func() {
				if _, err := g.open(branch.Retention{Keep: 100}).Update(t.Context(), record(-i), name); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		took, requests := time.Since(began), g.requests
		wantNames(t, g.open(branch.Retention{}), want...)
		if history := g.history(); len(history) != writers {
			t.Errorf("the branch has %d commits for %d updates", len(history), writers)
		}
		t.Logf("%d updates at once: %d requests in %s of %s each", writers, requests, took, g.latency)
	})
}

func TestUpdateKeepsCompleteHeadSessions(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	rec := record(0)
	rec.Sessions[2].Failed = "the controller died"
	entry := update(t, b, rec, "")
	if entry.Name != "v0.9.2" || entry.Sessions != 1 {
		t.Errorf("got %+v, want the head's version and 1 session", entry)
	}
	path := "runs/" + baseline.Key(rec.Header) + "/v0.9.2.jsonl"
	if diff := cmp.Diff([]string{path}, g.paths()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}

	want := record(0)
	want.Sessions = want.Sessions[1:2]
	delete(want.Header.Builds, bench.Base)
	got, shown, err := b.Show(t.Context(), "v0.9.2")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("stored record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(entry, shown); diff != "" {
		t.Errorf("Update and Show describe it differently (-update +show):\n%s", diff)
	}
	if _, err := b.Update(t.Context(), record(0), "../evil"); err == nil || len(g.history()) != 1 {
		t.Errorf("a name that leads elsewhere was taken: %v", err)
	}
}

func TestUpdateReplaces(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	update(t, b, record(0), "abc1234")
	update(t, b, record(5), "abc1234")
	entries, err := b.List(t.Context())
	if err != nil || len(entries) != 1 || !entries[0].Created.Equal(start.Add(5*time.Minute)) {
		t.Errorf("got %+v, %v; want the later run alone", entries, err)
	}
	update(t, b, record(5), "abc1234")
	if history := g.history(); len(history) != 2 {
		t.Errorf("the same record once more made a commit: there are %d", len(history))
	}
}

func TestRecordsAndShow(t *testing.T) {
	b := newGitHub().open(branch.Retention{})
	update(t, b, record(1), "a")
	update(t, b, record(2), "b")
	other := update(t, b, full(3), "a")

	records, err := b.Records(t.Context(), record(9).Header)
	if err != nil || len(records) != 2 || !records[0].Header.Created.After(records[1].Header.Created) {
		t.Errorf("got %d records, %v; want the two of the environment, the newest first", len(records), err)
	}
	if rec, _, err := b.Show(t.Context(), other.Ref()); err != nil || rec.Header.Plan.Profile != "full" {
		t.Errorf("environment/name: %v, %v", rec, err)
	}
	_, _, err = b.Show(t.Context(), "a")
	wantError(t, err, `"a" names 2 records`, other.Ref())
	_, _, err = b.Show(t.Context(), "c")
	wantError(t, err, `kro/kro@perf-gate has no record "c"`)
}

func TestKeep(t *testing.T) {
	g := newGitHub()
	update(t, g.open(branch.Retention{}), full(0), "other")
	b := g.open(branch.Retention{Keep: 2})
	for i := range 4 {
		update(t, b, record(i), fmt.Sprintf("r%d", i))
	}
	wantNames(t, b, "r3", "r2", "other")
	if history := g.history(); len(history) != 5 {
		t.Errorf("%d commits for 5 updates: a removal is to be in the update's", len(history))
	}
	// A run of an old commit that ended late is kept until the next.
	update(t, b, record(-5), "late")
	wantNames(t, b, "r3", "r2", "other", "late")
	update(t, b, record(9), "r9")
	wantNames(t, b, "r9", "r3", "other")
}

func TestMaxBytes(t *testing.T) {
	g := newGitHub()
	size := update(t, g.open(branch.Retention{}), full(0), "other").Size
	b := g.open(branch.Retention{MaxBytes: 3*size + size/2})
	for i := 1; i < 5; i++ {
		update(t, b, record(i), fmt.Sprintf("r%d", i))
	}
	wantNames(t, b, "r4", "r3", "other") // the oldest is the newest of its environment

	_, err := g.open(branch.Retention{MaxBytes: size}).Update(t.Context(), record(9), "r9")
	wantError(t, err, "kro/kro@perf-gate: the records that have to stay take")
	wantNames(t, b, "r4", "r3", "other")
}

func TestPrune(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	for i := range 4 {
		update(t, b, record(i), fmt.Sprintf("r%d", i))
	}
	update(t, b, full(0), "other")
	for _, dryRun := range []bool{true, false} {
		_, err := b.Prune(t.Context(), 0, dryRun)
		wantError(t, err, "keep at least 1")
		removed, err := b.Prune(t.Context(), 2, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"r1", "r0"}, names(removed)); diff != "" {
			t.Errorf("Prune, dry run %v (-want +got):\n%s", dryRun, diff)
		}
		if dryRun {
			wantNames(t, b, "r3", "r2", "r1", "other", "r0")
		} else {
			wantNames(t, b, "r3", "r2", "other")
		}
	}
}

func TestPut(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	svg := []byte("<svg xmlns='http://www.w3.org/2000/svg'/>")
	files := map[string][]byte{branch.ChartPath(svg): svg, "index.html": []byte("<!doctype html>"), ".nojekyll": nil}
	first, err := b.Put(t.Context(), files, "Add charts")
	if err != nil {
		t.Fatal(err)
	}
	update(t, b, record(0), "r0")
	want := []string{".nojekyll", branch.ChartPath(svg), "index.html", "runs/" + baseline.Key(record(0).Header) + "/r0.jsonl"}
	if diff := cmp.Diff(want, g.paths()); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	again, err := b.Put(t.Context(), files, "Add charts")
	if err != nil || again != g.refs[head] || len(g.history()) != 2 || !slices.Contains(g.history(), first) {
		t.Errorf("the same files once more: %s, %v; want the tip %s and no commit", again, err, g.refs[head])
	}
	for _, name := range []string{"", ".", "../x", "/x", "a//b", "runs", "runs/x/y.jsonl", ".git/config", "a/.GIT/x"} {
		_, err := b.Put(t.Context(), map[string][]byte{name: svg}, "Add")
		wantError(t, err, "cannot be a file's path")
	}
	_, err = b.Put(t.Context(), map[string][]byte{"big": make([]byte, 33<<20)}, "Add")
	wantError(t, err, "big has 34603008 bytes, more than")
}

// The branch is written by whoever may push to the repository.
func TestHostileBranch(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	good := update(t, b, record(0), "good")
	directory := "runs/" + good.Environment + "/"
	content := g.blobs[g.fileHash(directory+"good.jsonl")]
	blob := func(mode string, content []byte) object {
		return object{Mode: mode, Type: "blob", SHA: g.addBlob(content)}
	}
	huge := blob("100644", []byte("huge"))
	g.sizes[huge.SHA] = 33 << 20
	g.push(t, map[string]object{
		directory + "link.jsonl":          blob("120000", []byte("/etc/passwd")),
		directory + "module.jsonl":        {Mode: "160000", Type: "commit", SHA: strings.Repeat("1", 40)},
		directory + "huge.jsonl":          huge,
		directory + "broken.jsonl":        blob("100644", []byte("{\"schema\":\"perf-gate/record/v9\"}\n")),
		"runs/elsewhere/moved.jsonl":      blob("100644", content),
		directory + "\x1b[2J.jsonl":       blob("100644", content),
		directory + "README.md":           blob("100644", content),
		directory + "dir.jsonl/x.jsonl":   blob("100644", content),
		"runs/-rf/evil.jsonl":             blob("100644", content),
		"runs/" + directory + "two.jsonl": blob("100644", content),
		"runs/stray.jsonl":                blob("100644", content),
	})
	entries, err := b.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range entries {
		got[e.Name] = ""
		if e.Err != nil {
			_, got[e.Name], _ = strings.Cut(e.Err.Error(), ".jsonl:")
		}
	}
	want := map[string]string{
		"good":   "",
		"link":   " not a regular file",
		"module": " not a regular file",
		"huge":   " 34603008 bytes are more than a record may have, 33554432",
		"broken": `1: schema "perf-gate/record/v9" is not supported`,
		"moved":  " the record belongs to environment " + good.Environment,
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b string) bool {
		return a == b || a != "" && strings.HasPrefix(b, a) || b != "" && strings.HasPrefix(a, b)
	})); diff != "" {
		t.Errorf("records and what is wrong with them (-want +got):\n%s", diff)
	}
	_, err = b.Records(t.Context(), record(0).Header)
	wantError(t, err, "repair or remove this baseline")
	if removed, err := b.Prune(t.Context(), 1, false); err != nil || len(removed) != 0 {
		t.Errorf("Prune removed %v, %v; want it to leave alone what it cannot read", removed, err)
	}
}

func (g *gitHub) fileHash(path string) string {
	all := map[string]object{}
	g.flatten(g.commits[g.refs[head]].Tree, "", all)
	return all[path].SHA
}

// More in memory at once than is allowed, in files that are each allowed.
func TestTooMuchToRead(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	for i := range 9 {
		e := update(t, b, record(i), fmt.Sprintf("r%d", i))
		g.sizes[g.fileHash(e.Path())] = 30 << 20
	}
	_, err := b.Records(t.Context(), record(0).Header)
	wantError(t, err, "9 records take 283115520 bytes", "gate baseline prune")
}

func TestTruncatedTree(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{Keep: 1})
	update(t, b, record(0), "a")
	update(t, b, record(1), "b")
	runs := g.trees[g.commits[g.refs[head]].Tree][0]
	g.truncated = g.trees[runs.SHA][0].SHA
	for _, read := range []func() error{
		func() error { _, err := b.List(t.Context()); return err },
		func() error { _, err := b.Records(t.Context(), record(0).Header); return err },
		func() error { _, err := b.Prune(t.Context(), 1, false); return err },
		func() error { _, err := b.Update(t.Context(), record(2), "c"); return err },
	} {
		wantError(t, read(), "more files than GitHub lists")
	}
}

func TestNoBranch(t *testing.T) {
	g := newGitHub()
	b := g.open(branch.Retention{})
	for _, read := range []func() error{
		func() error { _, err := b.List(t.Context()); return err },
		func() error { _, _, err := b.Show(t.Context(), "a"); return err },
		func() error { _, err := b.Records(t.Context(), record(0).Header); return err },
		func() error { _, err := b.Prune(t.Context(), 1, true); return err },
		func() error { _, err := b.Prune(t.Context(), 1, false); return err },
	} {
		err := read()
		wantError(t, err, "kro/kro@perf-gate is no baseline store, the branch does not exist")
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v is not fs.ErrNotExist", err)
		}
	}
	if len(g.refs) != 0 {
		t.Error("reading made the branch")
	}
}

func TestRefusals(t *testing.T) {
	always := func(answer func() *reply) func(*http.Request) *reply {
		return func(*http.Request) *reply { return answer() }
	}
	tests := map[string]struct {
		before func(*http.Request) *reply
		want   []string
	}{
		"expired token": {always(func() *reply { return status(401, "Bad credentials") }), []string{"does not accept the token (401)"}},
		"read-only token": {always(func() *reply { return status(403, "Resource not accessible\nby integration") }),
			[]string{"Resource not accessible by integration (403)", "`contents: write`"}},
		"hidden repository": {always(func() *reply { return status(404, "Not Found") }), []string{"(404)", "`contents: write`"}},
		"empty repository":  {always(func() *reply { return status(409, "Git Repository is empty.") }), []string{"push a first commit"}},
		"protected branch": {func(r *http.Request) *reply {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/refs") {
				return status(422, "Repository rule violations found")
			}
			return nil
		}, []string{"could not create the branch: Repository rule violations found (422)"}},
		"no requests left": {always(func() *reply {
			return status(403, "API rate limit exceeded", "X-RateLimit-Limit", "1000", "X-RateLimit-Remaining", "0",
				"X-RateLimit-Reset", fmt.Sprint(time.Now().Add(time.Hour).Unix()))
		}), []string{"rate limit of 1000 requests is used up until 2000-01-01T01:00:00Z"}},
		"out of order": {always(func() *reply { return status(503, "") }), []string{"Service Unavailable (503): tried 6 times"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGitHub()
				g.before = test.before
				_, err := g.open(branch.Retention{}).Update(t.Context(), record(0), "a")
				wantError(t, err, append(test.want, "kro/kro@perf-gate: could not ")...)
				if len(g.refs) != 0 {
					t.Error("the branch was made")
				}
			})
		})
	}
	t.Run("hidden from a reader", func(t *testing.T) {
		g := newGitHub()
		g.before = always(func() *reply { return status(404, "Not Found") })
		_, err := g.open(branch.Retention{}).List(t.Context())
		wantError(t, err, "could not see the repository", "`contents: read`")
	})
}

// GitHub asks for patience, and gets as much as it asks for.
func TestPatience(t *testing.T) {
	tests := map[string]struct {
		answer func() *reply
		least  time.Duration
	}{
		"failure": {func() *reply { return status(500, "Server Error") }, 0},
		"too many requests": {func() *reply {
			return status(429, "slow down", "Retry-After", "40")
		}, 40 * time.Second},
		"rate limit": {func() *reply {
			return status(403, "API rate limit exceeded", "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", fmt.Sprint(time.Now().Add(2*time.Minute).Unix()))
		}, 2 * time.Minute},
		"cut answer": {func() *reply {
			return &reply{code: 201, header: http.Header{}, body: []byte(`{"sha":"12`)}
		}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGitHub()
				faults := 1
				g.before = func(*http.Request) *reply {
					if faults--; faults >= 0 {
						return test.answer()
					}
					return nil
				}
				began := time.Now()
				b := g.open(branch.Retention{})
				update(t, b, record(0), "a")
				if took := time.Since(began); took < test.least {
					t.Errorf("tried again after %s, want at least %s", took, test.least)
				}
				wantNames(t, b, "a")
			})
		})
	}
}

// A record that arrives damaged is fetched again, not decided on.
func TestDamagedRecord(t *testing.T) {
	for name, spoil := range map[string]func(body []byte) []byte{
		"cut":    func(body []byte) []byte { return body[:400] },
		"longer": func(body []byte) []byte { return append(slices.Clone(body), "{}"...) },
		"other":  func([]byte) []byte { return []byte("{}") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGitHub()
				b := g.open(branch.Retention{})
				update(t, b, record(0), "a")
				faults := 1
				g.after = func(r *http.Request, answer *reply) {
					if strings.Contains(r.URL.Path, "/blobs/") {
						if faults--; faults >= 0 {
							answer.body = spoil(answer.body)
						}
					}
				}
				if records, err := b.Records(t.Context(), record(0).Header); err != nil || len(records) != 1 || len(records[0].Sessions) != 2 {
					t.Errorf("%d records, %v; want the whole one", len(records), err)
				}
				faults = 100
				_, err := b.Records(t.Context(), record(0).Header)
				wantError(t, err, "the answer is", "tried 6 times")
			})
		})
	}
}
