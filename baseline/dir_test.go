package baseline_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/bench"
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

func newStore(t *testing.T) (*baseline.Dir, string) {
	t.Helper()
	path := t.TempDir()
	d, err := baseline.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	return d, path
}

func update(t *testing.T, d *baseline.Dir, rec *bench.Record, name string) baseline.Entry {
	t.Helper()
	e, err := d.Update(rec, name)
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

func wantNames(t *testing.T, d *baseline.Dir, want ...string) {
	t.Helper()
	entries, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, names(entries)); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}
}

func TestOpenWantsAStore(t *testing.T) {
	path := t.TempDir()
	for _, p := range []string{path, filepath.Join(path, "none")} {
		if _, err := baseline.Open(p); err == nil || !strings.Contains(err.Error(), p+" is not a baseline store") {
			t.Errorf("Open(%q): %v", p, err)
		}
	}
	store := filepath.Join(path, "new", "store")
	if _, err := baseline.Create(store); err != nil {
		t.Fatal(err)
	}
	if _, err := baseline.Open(store); err != nil {
		t.Error(err)
	}
}

func TestUpdateKeepsCompleteHeadSessions(t *testing.T) {
	d, path := newStore(t)
	rec := record(0)
	rec.Sessions[2].Failed = "the controller died"
	entry := update(t, d, rec, "")
	if entry.Name != "v0.9.2" || entry.Sessions != 1 {
		t.Errorf("got %+v, want the head's version and 1 session", entry)
	}
	file := filepath.Join(path, "runs", baseline.Key(rec.Header), "v0.9.2.jsonl")
	if info, err := os.Stat(file); err != nil || info.Size() != entry.Size {
		t.Errorf("%s: %v, want %d bytes", file, err, entry.Size)
	}

	want := record(0)
	want.Sessions = want.Sessions[1:2]
	delete(want.Header.Builds, bench.Base)
	got, shown, err := d.Show("v0.9.2")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("stored record (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(entry, shown); diff != "" {
		t.Errorf("Update and Show describe it differently (-update +show):\n%s", diff)
	}
	if len(rec.Sessions) != 4 || len(rec.Header.Builds) != 2 {
		t.Error("Update changed the caller's record")
	}
}

func TestUpdateRefusesARecordWithoutHead(t *testing.T) {
	for name, spoil := range map[string]func(*bench.Session){
		"failed":     func(s *bench.Session) { s.Failed = "the controller died" },
		"unfinished": func(s *bench.Session) { s.Results = nil },
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := newStore(t)
			rec := record(0)
			for i := range rec.Sessions {
				if rec.Sessions[i].Arm == bench.Head {
					spoil(&rec.Sessions[i])
				}
			}
			if _, err := d.Update(rec, ""); err == nil || !strings.Contains(err.Error(), "no complete head session") {
				t.Errorf("got %v, want a refusal", err)
			}
			wantNames(t, d)
		})
	}
}

func TestUpdateReplaces(t *testing.T) {
	d, path := newStore(t)
	update(t, d, record(0), "abc1234")
	update(t, d, record(5), "abc1234")
	entries, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || !entries[0].Created.Equal(start.Add(5*time.Minute)) {
		t.Errorf("got %+v, want only the later run", entries)
	}
	files, _ := filepath.Glob(filepath.Join(path, "runs", "*", "*"))
	if len(files) != 1 {
		t.Errorf("files left: %v, want one", files)
	}
}

func TestNames(t *testing.T) {
	tests := []struct{ version, kind, digest, want string }{
		{"v0.9.2", "release", "sha256:0123456789abcdef", "v0.9.2"},
		{"v0.9.2", "source", "sha256:0123456789abcdef", "v0.9.2-0123456789ab"},
		{"(devel)", "binary", "sha256:0123456789abcdef", "0123456789ab"},
		{"", "binary", "0123", "0123"},
		{"../../evil", "release", "sha256:0123456789abcdef", "0123456789ab"},
		{"", "binary", "../../../evil", ""},
		{"", "binary", "", ""},
	}
	for _, test := range tests {
		t.Run(test.version+" "+test.kind+" "+test.digest, func(t *testing.T) {
			d, _ := newStore(t)
			rec := record(0)
			rec.Header.Builds[bench.Head] = bench.Build{Version: test.version, Kind: test.kind, Digest: test.digest}
			entry, err := d.Update(rec, "")
			if entry.Name != test.want || (err != nil) != (test.want == "") {
				t.Errorf("got %q, %v; want %q", entry.Name, err, test.want)
			}
		})
	}
}

func TestHostileNames(t *testing.T) {
	outside := t.TempDir()
	d, err := baseline.Create(filepath.Join(outside, "store"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"..", ".", "../evil", "../../evil", "/etc/evil", `..\evil`, "a/b", ".hidden", "-flag", "a\x00b", "a\nb",
		"\x1b[2J", "naïve", "C:evil", "a b", strings.Repeat("a", 129),
	} {
		if _, err := d.Update(record(0), name); err == nil || !strings.Contains(err.Error(), "cannot name a baseline record") {
			t.Errorf("Update with the name %q: %v, want a refusal", name, err)
		}
		if _, _, err := d.Show(name); err == nil {
			t.Errorf("Show(%q) found something", name)
		}
	}
	// A hostile cluster name must not escape through the key either.
	rec := record(0)
	rec.Header.Plan.Cluster = "../../../evil"
	update(t, d, rec, "")
	files, err := os.ReadDir(outside)
	if err != nil || len(files) != 1 {
		t.Errorf("next to the store there are %v, %v; want nothing", files, err)
	}
}

// A store may be the checkout of a branch that others can write to.
func TestHostileStore(t *testing.T) {
	d, path := newStore(t)
	entry := update(t, d, record(0), "good")
	environment := filepath.Join(path, "runs", entry.Environment)
	secret := filepath.Join(t.TempDir(), "good.jsonl")
	good, err := os.ReadFile(filepath.Join(environment, "good.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, good, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Symlink(secret, filepath.Join(environment, "link.jsonl")),
		os.Symlink(filepath.Dir(secret), filepath.Join(path, "runs", "linked")),
		os.WriteFile(filepath.Join(environment, "\x1b[2J.jsonl"), good, 0o644),
		os.WriteFile(filepath.Join(environment, "README.md"), []byte("notes"), 0o644),
		os.WriteFile(filepath.Join(environment, ".update-LEFTOVER"), good[:50], 0o644),
	} {
		if err != nil {
			t.Skip(err)
		}
	}
	wantNames(t, d, "good", "link")
	if _, _, err := d.Show("link"); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a link out of the store was followed: %v", err)
	}
}

func TestListIsNewestFirst(t *testing.T) {
	d, _ := newStore(t)
	update(t, d, record(1), "b")
	update(t, d, record(3), "a")
	update(t, d, record(2), "c")
	wantNames(t, d, "a", "c", "b")
}

func TestUnreadableRecords(t *testing.T) {
	d, path := newStore(t)
	good := update(t, d, record(1), "good")
	environment := filepath.Join(path, "runs", good.Environment)
	broken := filepath.Join(environment, "broken.jsonl")
	if err := os.WriteFile(broken, []byte("{\"schema\":\"perf-gate/record/v9\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"good", "broken"}, names(entries)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for _, read := range []func() error{
		func() error { return entries[1].Err },
		func() error { _, _, err := d.Show("broken"); return err },
		func() error { _, err := d.Records(record(0).Header); return err },
	} {
		if err := read(); err == nil || !strings.Contains(err.Error(), broken+`:1: schema "perf-gate/record/v9" is not supported`) {
			t.Errorf("got %v, want an error that names %s", err, broken)
		}
	}
	if removed, err := d.Prune(1, false); err != nil || len(removed) != 0 {
		t.Errorf("Prune removed %v, %v; want it to keep unreadable records", removed, err)
	}
}

// A file that was moved by hand to another environment is not comparable there.
func TestRecordInAnotherEnvironment(t *testing.T) {
	d, path := newStore(t)
	good := update(t, d, record(1), "good")
	other := filepath.Join(path, "runs", "elsewhere")
	if err := os.Rename(filepath.Join(path, "runs", good.Environment), other); err != nil {
		t.Fatal(err)
	}
	entries, err := d.List()
	if err != nil || len(entries) != 1 {
		t.Fatalf("%v, %v", entries, err)
	}
	if want := "the record belongs to environment " + good.Environment; entries[0].Err == nil || !strings.Contains(entries[0].Err.Error(), want) {
		t.Errorf("got %v, want %q", entries[0].Err, want)
	}
}

func TestShow(t *testing.T) {
	d, _ := newStore(t)
	full := record(1)
	full.Header.Plan.Profile = "full"
	quick, other := update(t, d, record(0), "v1"), update(t, d, full, "v1")
	update(t, d, record(2), "v2")

	if _, e, err := d.Show("v2"); err != nil || e.Name != "v2" {
		t.Errorf("a unique name: %+v, %v", e, err)
	}
	_, _, err := d.Show("v1")
	if err == nil || !strings.Contains(err.Error(), quick.Ref()) || !strings.Contains(err.Error(), other.Ref()) {
		t.Errorf("an ambiguous name: %v, want both candidates", err)
	}
	if rec, _, err := d.Show(other.Ref()); err != nil || rec.Header.Plan.Profile != "full" {
		t.Errorf("environment/name: %v, %v", rec, err)
	}
	if _, _, err := d.Show("v3"); err == nil || !strings.Contains(err.Error(), `no record "v3"`) {
		t.Errorf("a name that is not there: %v", err)
	}
}

func TestPrune(t *testing.T) {
	d, _ := newStore(t)
	for i := range 4 {
		update(t, d, record(i), fmt.Sprintf("r%d", i))
	}
	full := record(0)
	full.Header.Plan.Profile = "full"
	update(t, d, full, "full")

	if _, err := d.Prune(0, false); err == nil {
		t.Error("Prune(0) would have removed every baseline")
	}
	for _, dryRun := range []bool{true, false} {
		removed, err := d.Prune(2, dryRun)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"r1", "r0"}, names(removed)); diff != "" {
			t.Errorf("Prune, dry run %v (-want +got):\n%s", dryRun, diff)
		}
		entries, err := d.List()
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 5, false: 3}[dryRun]; len(entries) != want {
			t.Errorf("dry run %v: %v are left, want %d", dryRun, names(entries), want)
		}
	}
}

func TestRecords(t *testing.T) {
	d, _ := newStore(t)
	update(t, d, record(1), "a")
	update(t, d, record(2), "b")
	other := record(3)
	other.Header.Environment.CPU = "Intel Xeon"
	update(t, d, other, "c")

	h := record(9).Header
	h.Environment.MemoryB = 8 << 30
	records, err := d.Records(h)
	if err != nil {
		t.Fatal(err)
	}
	var created []time.Time
	for _, r := range records {
		created = append(created, r.Header.Created)
	}
	want := []time.Time{start.Add(2 * time.Minute), start.Add(time.Minute)}
	if diff := cmp.Diff(want, created); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	h.Environment.Kernel = "7.0"
	if records, err := d.Records(h); err != nil || len(records) != 0 {
		t.Errorf("for an environment nothing was stored of: %d records, %v", len(records), err)
	}
}

// Many runs end at the same time on the default branch. Each is kept, and a reader
// never sees a partly written one.
func TestConcurrentUpdates(t *testing.T) {
	_, path := newStore(t)
	const writers, each = 8, 5
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	reading.Go(func() {
		for {
			d, err := baseline.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			entries, err := d.List()
			if err != nil {
				t.Error(err)
			}
			for _, e := range entries {
				if e.Err != nil {
					t.Errorf("a reader met %v", e.Err)
				}
			}
			select {
			case <-done:
				return
			default:
			}
		}
	})
	for w := range writers {
		writing.Go(func() {
			d, err := baseline.Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			for i := range each {
				for _, name := range []string{fmt.Sprintf("w%d-%d", w, i), "shared"} {
					if _, err := d.Update(record(i), name); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	d, err := baseline.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := d.List()
	if err != nil {
		t.Fatal(err)
	}
	if want := writers*each + 1; len(entries) != want {
		t.Errorf("%d records are left of %d", len(entries), want)
	}
}

func TestKey(t *testing.T) {
	h := record(0).Header
	key := baseline.Key(h)
	if want := "simulation-quick-linux-amd64-2cpu-"; !strings.HasPrefix(key, want) {
		t.Errorf("got key %q, want it to start with %q", key, want)
	}
	same := record(7).Header
	same.Environment.MemoryB = 1
	same.Plan.Seed = 42
	if got := baseline.Key(same); got != key {
		t.Errorf("another run on the same machine has key %q, want %q", got, key)
	}
	for name, change := range map[string]func(*bench.Header){
		"cluster":    func(h *bench.Header) { h.Plan.Cluster = "kind" },
		"profile":    func(h *bench.Header) { h.Plan.Profile = "full" },
		"flags":      func(h *bench.Header) { h.Plan.ControllerArgs = []string{"--a=1"} },
		"arch":       func(h *bench.Header) { h.Environment.Arch = "arm64" },
		"cpu":        func(h *bench.Header) { h.Environment.CPU = "Intel" },
		"cpus":       func(h *bench.Header) { h.Environment.CPUs = 4 },
		"kernel":     func(h *bench.Header) { h.Environment.Kernel = "7.0" },
		"image":      func(h *bench.Header) { h.Environment.Image = "ubuntu26" },
		"go":         func(h *bench.Header) { h.Environment.Go = "go1.27" },
		"kubernetes": func(h *bench.Header) { h.Environment.Kubernetes = "v1.37.0" },
		"node-image": func(h *bench.Header) { h.Environment.NodeImage = "kindest/node:v1.36.3" },
	} {
		changed := record(0).Header
		change(&changed)
		if baseline.Key(changed) == key {
			t.Errorf("another %s has the same key", name)
		}
	}
}
