package branch_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
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
	"github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

var start = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// record returns a run of two rounds that started a number of minutes after start.
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

// Fifty runs on the default branch end at the same time. GitHub fails now and then,
// before or after it performs a request.
func TestFiftyUpdatesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const writers = 50
		g := newGitHub(t)
		const latency = 200 * time.Millisecond // half before and half after it is served
		g.Fault("", math.MaxInt, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			time.Sleep(latency / 2)
			switch rand.N(100) {
			case 0:
				githubtest.Down(502)(w, r, next)
			case 1:
				githubtest.Lost(502)(w, r, next)
			default:
				next.ServeHTTP(w, r)
			}
			time.Sleep(latency / 2)
		})
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
		took, requests := time.Since(began), len(g.Requests())
		wantNames(t, g.open(branch.Retention{}), want...)
		if history := g.history(); len(history) != writers {
			t.Errorf("the branch has %d commits for %d updates", len(history), writers)
		}
		t.Logf("%d updates at once: %d requests in %s of %s each", writers, requests, took, latency)
	})
}

func TestUpdateKeepsCompleteHeadSessions(t *testing.T) {
	g := newGitHub(t)
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
	g := newGitHub(t)
	b := g.open(branch.Retention{})
	update(t, b, record(0), "abc1234")
	update(t, b, record(5), "abc1234")
	entries, err := b.List(t.Context())
	if err != nil || len(entries) != 1 || !entries[0].Created.Equal(start.Add(5*time.Minute)) {
		t.Errorf("got %+v, %v; want only the later run", entries, err)
	}
	update(t, b, record(5), "abc1234")
	if history := g.history(); len(history) != 2 {
		t.Errorf("the same record once more made a commit: there are %d", len(history))
	}
}

func TestRecordsAndShow(t *testing.T) {
	g := newGitHub(t)
	g.Fault("GET "+git+"blobs/", math.MaxInt, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if media := r.Header.Get("Accept"); !strings.Contains(media, "raw") {
			t.Errorf("asked for %s: a record in JSON is half as long again", media)
		}
		next.ServeHTTP(w, r)
	})
	b := g.open(branch.Retention{})
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
	wantError(t, err, `kro/kro@perf-gate has 2 records with the name "a"`, other.Ref())
	_, _, err = b.Show(t.Context(), "c")
	wantError(t, err, `kro/kro@perf-gate has no record "c"`)
}

func TestKeep(t *testing.T) {
	g := newGitHub(t)
	update(t, g.open(branch.Retention{}), full(0), "other")
	b := g.open(branch.Retention{Keep: 2})
	for i := range 4 {
		update(t, b, record(i), fmt.Sprintf("r%d", i))
	}
	wantNames(t, b, "r3", "r2", "other")
	if history := g.history(); len(history) != 5 {
		t.Errorf("%d commits for 5 updates: a removal is to be in the update's", len(history))
	}
	// A late run of an old commit is kept until the next run.
	update(t, b, record(-5), "late")
	wantNames(t, b, "r3", "r2", "other", "late")
	update(t, b, record(9), "r9")
	wantNames(t, b, "r9", "r3", "other")
}

func TestMaxBytes(t *testing.T) {
	g := newGitHub(t)
	size := update(t, g.open(branch.Retention{}), full(0), "other").Size
	b := g.open(branch.Retention{MaxBytes: 3*size + size/2})
	for i := 1; i < 5; i++ {
		update(t, b, record(i), fmt.Sprintf("r%d", i))
	}
	wantNames(t, b, "r4", "r3", "other") // the oldest is the newest of its environment

	_, err := g.open(branch.Retention{MaxBytes: size}).Update(t.Context(), record(9), "r9")
	wantError(t, err, "kro/kro@perf-gate: the records to keep take")
	wantNames(t, b, "r4", "r3", "other")
}

func TestPrune(t *testing.T) {
	g := newGitHub(t)
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
	g := newGitHub(t)
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
	if history := g.history(); err != nil || len(history) != 2 || again != history[0] || first != history[1] {
		t.Errorf("the same files once more: %s, %v; want the tip of %s and no commit", again, err, history)
	}
	for _, name := range []string{"", ".", "../x", "/x", "a//b", "runs", "runs/x/y.jsonl", ".git/config", "a/.GIT/x"} {
		_, err := b.Put(t.Context(), map[string][]byte{name: svg}, "Add")
		wantError(t, err, "is not a valid path")
	}
	_, err = b.Put(t.Context(), map[string][]byte{"big": make([]byte, 33<<20)}, "Add")
	wantError(t, err, "big has 34603008 bytes, more than")
}

// Anyone who may push to the repository can write to the branch.
func TestHostileBranch(t *testing.T) {
	g := newGitHub(t)
	b := g.open(branch.Retention{})
	good := update(t, b, record(0), "good")
	directory := "runs/" + good.Environment + "/"
	content := g.repo.Files("perf-gate")[directory+"good.jsonl"]
	g.repo.Commit("perf-gate", map[string]string{
		directory + "huge.jsonl":          strings.Repeat("x", 33<<20),
		directory + "broken.jsonl":        "{\"schema\":\"perf-gate/record/v9\"}\n",
		"runs/elsewhere/moved.jsonl":      content,
		directory + "\x1b[2J.jsonl":       content,
		directory + "README.md":           content,
		directory + "dir.jsonl/x.jsonl":   content,
		"runs/-rf/evil.jsonl":             content,
		"runs/" + directory + "two.jsonl": content,
		"runs/stray.jsonl":                content,
	}, "by hand")
	g.push(t, &github.TreeEntry{
		Path: github.String(directory + "link.jsonl"), Mode: github.String("120000"), Type: github.String("blob"),
		Content: github.String("/etc/passwd"),
	}, &github.TreeEntry{
		Path: github.String(directory + "module.jsonl"), Mode: github.String("160000"), Type: github.String("commit"),
		SHA: github.String(strings.Repeat("1", 40)),
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
		"huge":   " it has 34603008 bytes, more than the limit of 33554432",
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
		t.Errorf("Prune removed %v, %v; want it to keep unreadable records", removed, err)
	}
}

// The files together exceed the limit, but none of them alone.
func TestTooMuchToRead(t *testing.T) {
	g := newGitHub(t)
	environment, files := baseline.Key(record(0).Header), map[string]string{}
	for i := range 9 {
		files[fmt.Sprintf("runs/%s/r%d.jsonl", environment, i)] = strings.Repeat("x", 30<<20)
	}
	g.repo.Commit("perf-gate", files, "by hand")
	_, err := g.open(branch.Retention{}).Records(t.Context(), record(0).Header)
	wantError(t, err, "9 records take 283115520 bytes", "gate baseline prune")
}

func TestTruncatedTree(t *testing.T) {
	g := newGitHub(t)
	b := g.open(branch.Retention{Keep: 1})
	update(t, b, record(0), "a")
	update(t, b, record(1), "b")
	g.Fault("GET "+git+"trees/", math.MaxInt, githubtest.Spoiled(func(body []byte) []byte {
		if !bytes.Contains(body, []byte("b.jsonl")) {
			return body // a tree above those of the environments
		}
		return bytes.Replace(body, []byte(`"truncated":false`), []byte(`"truncated":true`), 1)
	}))
	for _, read := range []func() error{
		func() error { _, err := b.List(t.Context()); return err },
		func() error { _, err := b.Records(t.Context(), record(0).Header); return err },
		func() error { _, err := b.Prune(t.Context(), 1, false); return err },
		func() error { _, err := b.Update(t.Context(), record(2), "c"); return err },
	} {
		wantError(t, read(), baseline.Key(record(0).Header)+`" has more files than GitHub lists`)
	}
}

func TestNoBranch(t *testing.T) {
	g := newGitHub(t)
	b := g.open(branch.Retention{})
	for _, read := range []func() error{
		func() error { _, err := b.List(t.Context()); return err },
		func() error { _, _, err := b.Show(t.Context(), "a"); return err },
		func() error { _, err := b.Records(t.Context(), record(0).Header); return err },
		func() error { _, err := b.Prune(t.Context(), 1, true); return err },
		func() error { _, err := b.Prune(t.Context(), 1, false); return err },
	} {
		err := read()
		wantError(t, err, "kro/kro@perf-gate is not a baseline store, the branch does not exist")
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v is not fs.ErrNotExist", err)
		}
	}
	if slices.Contains(g.repo.Branches(), "perf-gate") {
		t.Error("reading made the branch")
	}
}
