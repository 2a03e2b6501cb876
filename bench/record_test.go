package bench_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/kro/perf-gate/bench"
)

const (
	noop   = "CRUD/op=noop/shape=flat/n=10"
	create = "CRUD/op=create/shape=flat/n=10"
)

var created = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// sampleHeader uses every field of a header, so that the documentation's
// checks see all of them.
func sampleHeader() bench.Header {
	build := func(ref string) bench.Build {
		return bench.Build{
			Ref: ref, Version: ref, Kind: "release", Digest: "sha256:" + strings.Repeat("ab", 32), Go: "go1.26.8",
			Modules: map[string]string{"k8s.io/client-go": "v0.36.3"},
			Args:    []string{"--log-level=0"}, Env: []string{"GOMAXPROCS=2"}, Dropped: []string{"rgd-requeue"},
			Settings: bench.Settings{
				InstanceTimer: bench.Setting{Value: 0.1, Flag: "instance-requeue"},
				RGDTimer:      bench.Setting{Value: 3, Flag: "rgd-requeue", CompiledIn: true},
				Workers:       bench.Setting{Value: 2, Flag: "workers"},
				Processors:    bench.Setting{Value: 2, Flag: "GOMAXPROCS"},
			},
		}
	}
	return bench.Header{
		Schema: bench.Schema, Tool: "v0.1.0", Created: created,
		Plan: bench.Plan{
			Cluster: "simulation", Profile: "quick", ControllerArgs: []string{"--cel-cost-limit=5"}, Pprof: []string{"cpu", "heap"}, Suites: []string{"crud"}, Rounds: 2, Seed: math.MaxUint64,
			Workloads: []bench.Workload{{Suite: "mine", Dir: "perf/mine", Digest: "1f"}},
			Order:     []bench.Arm{bench.Base, bench.Head, bench.Head, bench.Base},
			Benchmarks: []bench.Benchmark{
				{Name: noop, Suite: "crud", Ops: 10, Racy: true},
				{Name: create, Suite: "crud", Ops: 10, Concurrent: true},
			},
		},
		Environment: bench.Environment{
			OS: "linux", Arch: "amd64", CPU: "AMD EPYC 7763", CPUs: 2, MemoryB: 8 << 30,
			Kernel: "6.18.44", Image: "ubuntu24 20261101.1", Go: "go1.26.8", Kubernetes: "v1.36.3", NodeImage: "kindest/node:v1.36.3",
		},
		Builds: map[bench.Arm]bench.Build{bench.Base: build("v0.9.1"), bench.Head: build("v0.9.2")},
		Accepted: []bench.Acceptance{{
			Metric: "allocs/op", By: "alice", Reason: "it does more", URL: "https://github.com/kro/kro/pull/7#issuecomment-1",
		}},
	}
}

func sampleSession(index int, arm bench.Arm) bench.Session {
	return bench.Session{
		Index: index, Round: index / 2, Arm: arm, Started: created.Add(time.Duration(index) * time.Minute), Seconds: 41.5,
		Failed: "",
		Results: []bench.Result{
			{
				Benchmark: noop, Ops: 10, Errors: 1, Seconds: 2.25,
				Metrics:  map[string]float64{"requests/op": 9, "ready-p95-sec": 0.1234567890123},
				Samples:  map[string][]float64{bench.ReadySamples: {0.1, 0.2}},
				Messages: []string{"instance 7 <not ready> after 30 s"},
			},
			{Benchmark: create, Ops: 10, Seconds: 1, Metrics: map[string]float64{"ops/sec": 10}},
		},
		Cost:  map[string]bench.Cost{"controller": {CPUSeconds: 1.5, ResidentB: 80 << 20}, "gate": {CPUSeconds: 0.1}},
		Usage: map[string]bench.Timeline{"etcd": {Seconds: []float64{0, 0.5}, CPUSeconds: []float64{0, 0.25}, ResidentB: []uint64{1 << 20, 2 << 20}}},
	}
}

// writeRecord writes a record with the given sessions and returns its path.
func writeRecord(t *testing.T, h bench.Header, sessions ...bench.Session) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), bench.RecordFile)
	w, err := bench.Create(path, h)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWriteThenRead(t *testing.T) {
	want := &bench.Record{Header: sampleHeader(), Sessions: []bench.Session{
		sampleSession(0, bench.Base), sampleSession(1, bench.Head),
	}}
	got, err := bench.ReadFile(writeRecord(t, want.Header, want.Sessions...))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was read differs from what was written (-want +got):\n%s", diff)
	}
}

// The file must be usable while it grows: a reader sees each session as soon as
// Write has returned.
func TestEachSessionIsReadableAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), bench.RecordFile)
	h := sampleHeader()
	w, err := bench.Create(path, h)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i, arm := range h.Plan.Order {
		if err := w.Write(sampleSession(i, arm)); err != nil {
			t.Fatal(err)
		}
		rec, err := bench.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(rec.Sessions) != i+1 || rec.Torn {
			t.Fatalf("after %d sessions the file holds %d, torn %v", i+1, len(rec.Sessions), rec.Torn)
		}
	}
}

func TestCreateLeavesAnExistingFileAlone(t *testing.T) {
	path := writeRecord(t, sampleHeader(), sampleSession(0, bench.Base))
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bench.Create(path, sampleHeader())
	if !errors.Is(err, fs.ErrExist) {
		t.Fatalf("got %v, want an error that wraps fs.ErrExist", err)
	}
	if want := path + " exists; use --resume to go on from it or another --out"; err.Error() != want {
		t.Errorf("got error %q, want %q", err, want)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the existing record was changed")
	}
}

func TestAppendGoesOn(t *testing.T) {
	path := writeRecord(t, sampleHeader(), sampleSession(0, bench.Base))
	w, rec, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Sessions) != 1 || rec.Torn {
		t.Fatalf("Append found %d sessions, torn %v; want 1 whole one", len(rec.Sessions), rec.Torn)
	}
	if err := w.Write(sampleSession(0, bench.Base)); err == nil {
		t.Error("a session that the record already holds was written again")
	}
	if err := w.Write(sampleSession(1, bench.Head)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if rec, err = bench.ReadFile(path); err != nil || len(rec.Sessions) != 2 {
		t.Fatalf("after resuming: %v, %v; want 2 sessions", rec, err)
	}
}

func TestAppendLeavesAloneWhatIsBeingWritten(t *testing.T) {
	path := writeRecord(t, sampleHeader(), sampleSession(0, bench.Base))
	first, _, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := bench.Append(path); !errors.Is(err, bench.ErrLocked) {
		t.Errorf("Append to a record that is open = %v, want ErrLocked", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, _, err := bench.Append(path)
	if err != nil {
		t.Fatalf("Append after Close: %v", err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

// A crash may cut the last line anywhere. Whatever remains, the sessions before
// it are read, and a run that goes on leaves a record as if nothing happened.
// TestTornRound has a crash between the two sessions of a round that ran at once. Its
// measurement starts again.
func TestTornRound(t *testing.T) {
	h := sampleHeader()
	h.Plan.Turns = bench.ByBlock
	session := func(index int, arm bench.Arm, round int) bench.Session {
		s := sampleSession(index, arm)
		s.Round = round
		return s
	}
	path := writeRecord(t, h, session(0, bench.Base, 0), session(1, bench.Head, 0))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(session(2, bench.Head, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Write(session(3, bench.Base, 2)); err == nil || !strings.Contains(err.Error(), "round 1, in which both arms run at once, has one session") {
		t.Errorf("half a round, and then another: %v", err)
	}
	w.Close()
	w, torn, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if cut, err := os.ReadFile(path); err != nil || len(torn.Sessions) != 2 || !torn.Torn || !bytes.Equal(cut, whole) {
		t.Errorf("%d sessions, torn %v, %d bytes; want 2, true, %d", len(torn.Sessions), torn.Torn, len(cut), len(whole))
	}
	if err := w.Write(session(2, bench.Head, 1), session(3, bench.Base, 1)); err != nil {
		t.Error(err)
	}
}

func TestTornAtEveryByte(t *testing.T) {
	whole, err := os.ReadFile(writeRecord(t, sampleHeader(), sampleSession(0, bench.Base), sampleSession(1, bench.Head)))
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(whole, []byte("\n"))
	firstTwo := len(lines[0]) + len(lines[1])
	path := filepath.Join(t.TempDir(), bench.RecordFile)
	for cut := firstTwo; cut < len(whole); cut += 7 {
		if err := os.WriteFile(path, whole[:cut], 0o644); err != nil {
			t.Fatal(err)
		}
		rec, err := bench.ReadFile(path)
		if err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		if torn := cut > firstTwo; len(rec.Sessions) != 1 || rec.Torn != torn {
			t.Fatalf("cut at byte %d: %d sessions, torn %v; want 1, %v", cut, len(rec.Sessions), rec.Torn, torn)
		}
		w, _, err := bench.Append(path)
		if err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		if rest, _ := os.ReadFile(path); !bytes.Equal(rest, whole[:firstTwo]) {
			t.Fatalf("cut at byte %d: Append left %q", cut, rest[firstTwo:])
		}
		if err := errors.Join(w.Write(sampleSession(1, bench.Head)), w.Close()); err != nil {
			t.Fatalf("cut at byte %d: %v", cut, err)
		}
		if resumed, _ := os.ReadFile(path); !bytes.Equal(resumed, whole) {
			t.Fatalf("cut at byte %d: the resumed record differs from one that was never cut:\n%s", cut, resumed)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	var good bytes.Buffer
	err := bench.Encode(&good, &bench.Record{Header: sampleHeader(), Sessions: []bench.Session{
		sampleSession(0, bench.Base), sampleSession(1, bench.Head),
	}})
	if err != nil {
		t.Fatal(err)
	}
	last := func(old, new string) func(string) string {
		return func(s string) string {
			i := strings.LastIndex(s, old)
			if i < 0 {
				t.Fatalf("the record has no %s", old)
			}
			return s[:i] + new + s[i+len(old):]
		}
	}
	tests := []struct {
		name   string
		mutate func(string) string
		want   string // the error, in full up to "…"
	}{
		{"empty file", func(string) string { return "" }, "record.jsonl:1: the file is empty: a record starts with a header line"},
		{"torn header", func(s string) string { return s[:100] }, "record.jsonl:1: the header line is incomplete, …"},
		{"another file", func(string) string { return "goos: linux\n" }, `record.jsonl:1: not a record of perf-gate: …`},
		{"newer version", last("record/v4", "record/v5"), `record.jsonl:1: schema "perf-gate/record/v5" is not supported: this perf-gate reads "perf-gate/record/v3" and "perf-gate/record/v4"`},
		{"newer version with new fields", last(`"schema":"perf-gate/record/v4"`, `"schema":"perf-gate/record/v5","new":1`), `record.jsonl:1: schema "perf-gate/record/v5" …`},
		{"unknown field in the header", last(`"profile"`, `"profil"`), `record.jsonl:1: unknown field "plan.profil"`},
		{"unknown field in a session", last(`"errors"`, `"failures"`), `record.jsonl:3: unknown field "results[1].failures"`},
		{"field in other letter case", last(`"errors"`, `"Errors"`), `record.jsonl:3: unknown field "results[1].Errors"`},
		{"field given twice", last(`"round":0`, `"round":0,"round":1`), `record.jsonl:3: duplicate field "round"`},
		{"metric given twice", last(`"ops/sec":10`, `"ops/sec":10,"ops/sec":11`), `record.jsonl:3: duplicate field "results[1].metrics.ops/sec"`},
		{"wrong type", last(`"index":1`, `"index":"1"`), `record.jsonl:3:12: index: want a whole number, got string`},
		{"wrong type in the header", last(`"cpus":2`, `"cpus":[]`), `record.jsonl:1:COLUMN: environment.cpus: want a whole number, got array`},
		{"fraction for a count", last(`"ops":10`, `"ops":10.5`), `record.jsonl:3:COLUMN: results.ops: want a whole number, got number 10.5`},
		{"null", last(`"ops":10`, `"ops":null`), `record.jsonl:3:COLUMN: null is not a value: leave out what was not measured`},
		{"number out of range", last(`"ops/sec":10`, `"ops/sec":1e999`), `record.jsonl:3:COLUMN: results.metrics: want a 64-bit number, got number 1e999`},
		{"NaN", last(`"ops/sec":10`, `"ops/sec":NaN`), `record.jsonl:3:COLUMN: invalid character 'N' looking for beginning of value`},
		{"not a time", last(`"started":"2026`, `"started":"20x6`), `record.jsonl:3: "20x6-11-23T03:01:00Z" is not a time: want RFC 3339, such as 2026-01-31T15:04:05Z`},
		{"array for a session", func(s string) string { return s + "[]\n" }, `record.jsonl:4:1: line: want an object, got array`},
		{"two sessions in a line", func(s string) string { return s + "{}{}\n" }, `record.jsonl:4:3: invalid character '{' after top-level value`},
		{"empty line", func(s string) string { return s + "\n" }, "record.jsonl:4: empty line"},
		{"negative ops", last(`"ops":10`, `"ops":-1`), fmt.Sprintf(`record.jsonl:3: session 1: benchmark %q: ops is -1: want 0 or more`, create)},
		{"more errors than ops", last(`"errors":0`, `"errors":11`), fmt.Sprintf(`record.jsonl:3: session 1: benchmark %q: errors is 11: want 0 to 10, its ops`, create)},
		{"negative duration", last(`"seconds":1`, `"seconds":-1`), fmt.Sprintf(`record.jsonl:3: session 1: benchmark %q: seconds is -1: want 0 or more`, create)},
		{"benchmark not planned", last(create, "CRUD/op=other"), `record.jsonl:3: session 1: benchmark "CRUD/op=other" is not in the plan`},
		{"benchmark twice", last(create, noop), fmt.Sprintf(`record.jsonl:3: session 1: benchmark %q has two results`, noop)},
		{"session twice", last(`"index":1`, `"index":0`), "record.jsonl:3: session 0 is already in the record"},
		{"session beyond the plan", last(`"index":1`, `"index":4`), "record.jsonl:3: session index is 4: the plan has sessions 0 to 3"},
		{"unknown arm", last(`"arm":"head"`, `"arm":"tail"`), `record.jsonl:3: arm is "tail": want base or head`},
		{"arm other than planned", last(`"arm":"head"`, `"arm":"base"`), "record.jsonl:3: session 1 measures base: the plan gives it to head"},
		{"unknown arm in the plan", last(`["base","head"`, `["base","tail"`), `record.jsonl:1: plan.order[1] is "tail": want base or head`},
		{"sweep of no number", func(s string) string {
			return strings.Replace(s, `"name":"`+noop+`"`, `"sweep":"op","name":"`+noop+`"`, 1)
		},
			fmt.Sprintf(`record.jsonl:1: benchmark %q sweeps "op": want a parameter of its name with a positive number`, noop)},
		{"benchmark planned twice", func(s string) string { return strings.Replace(s, create, noop, 1) }, fmt.Sprintf(`record.jsonl:1: benchmark %q is planned twice`, noop)},
		{"build of no arm", func(s string) string { return strings.Replace(s, `"builds":{"base"`, `"builds":{"old"`, 1) }, `record.jsonl:1: builds has "old": want base and head`},
		{"setting below zero", last(`"value":0.1`, `"value":-1`), `record.jsonl:1: builds.head.settings: instance-requeue is -1: want 0 or more`},
		{"setting of no flag", last(`"flag":"workers"`, `"flag":"a\nb"`), `record.jsonl:1: builds.head.settings: flag is "a\nb": want the name of a flag or an environment variable`},
		{"endless line", func(s string) string { return s + strings.Repeat(" ", 17<<20) }, "record.jsonl:4: the line is longer than 16 MiB: not a record of perf-gate"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := bench.Read(strings.NewReader(test.mutate(good.String())), "record.jsonl")
			var syntax *bench.SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a *SyntaxError", err)
			}
			// Columns far into a line would only repeat the line's length.
			full := strings.Replace(test.want, "COLUMN", strconv.Itoa(syntax.Column), 1)
			want, partial := strings.CutSuffix(full, "…")
			if got := err.Error(); got != want && (!partial || !strings.HasPrefix(got, want)) {
				t.Errorf("got  %s\nwant %s", got, full)
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has more than one line: %q", err)
			}
		})
	}
}

func TestWriteRefusesWhatCouldNotBeRead(t *testing.T) {
	path := writeRecord(t, sampleHeader(), sampleSession(0, bench.Base))
	before, _ := os.ReadFile(path)
	w, _, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	nan := sampleSession(1, bench.Head)
	nan.Results[0].Metrics["requests/op"] = math.NaN()
	unplanned := sampleSession(1, bench.Head)
	unplanned.Results[0].Benchmark = "CRUD/op=other"
	for _, s := range []bench.Session{nan, unplanned, sampleSession(1, bench.Base)} {
		if err := w.Write(s); err == nil {
			t.Errorf("Write accepted %+v", s)
		}
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("a refused session left traces in the record")
	}
	if err := w.Write(sampleSession(1, bench.Head)); err != nil {
		t.Errorf("a good session after refused ones: %v", err)
	}
}

func TestFindRecord(t *testing.T) {
	path := writeRecord(t, sampleHeader())
	for _, argument := range []string{path, filepath.Dir(path)} {
		if got, err := bench.FindRecord(argument); err != nil || got != path {
			t.Errorf("FindRecord(%q) = %q, %v; want %q", argument, got, err, path)
		}
	}
	empty := t.TempDir()
	if _, err := bench.FindRecord(empty); err == nil || !strings.Contains(err.Error(), "holds no record.jsonl") {
		t.Errorf("for a directory without a record: %v", err)
	}
	if _, err := bench.FindRecord(filepath.Join(empty, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("for a path that does not exist: %v", err)
	}
}

// equate treats nil and empty as equal.
var equate = cmp.Options{cmpopts.EquateEmpty()}

func TestRoundTripProperty(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		rec := drawRecord(t)
		path := filepath.Join(dir, bench.RecordFile)
		w, err := bench.Create(path, rec.Header)
		if err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		for _, s := range rec.Sessions {
			if err := w.Write(s); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, err := bench.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(rec, got, equate); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
		var encoded bytes.Buffer
		if err := bench.Encode(&encoded, rec); err != nil {
			t.Fatal(err)
		}
		if written, _ := os.ReadFile(path); !bytes.Equal(written, encoded.Bytes()) {
			t.Fatal("Encode and Writer differ")
		}
	})
}

func drawRecord(t *rapid.T) *bench.Record {
	text := rapid.String()
	number := rapid.Float64Range(-math.MaxFloat64, math.MaxFloat64)
	seconds := rapid.Float64Range(0, 1e6)
	names := rapid.SliceOfNDistinct(rapid.StringN(1, 20, -1), 1, 4, rapid.ID).Draw(t, "benchmarks")
	h := bench.Header{
		Schema: bench.Schema, Tool: text.Draw(t, "tool"), Created: drawTime(t),
		Plan: bench.Plan{
			Cluster: text.Draw(t, "cluster"), Suites: rapid.SliceOf(text).Draw(t, "suites"),
			Seed:  rapid.Uint64().Draw(t, "seed"),
			Order: rapid.SliceOfN(rapid.SampledFrom(bench.Arms[:]), 1, 5).Draw(t, "order"),
			Turns: rapid.SampledFrom([]bench.Turns{"", bench.BySession, bench.NoTurns}).Draw(t, "turns"),
		},
		Environment: bench.Environment{CPU: text.Draw(t, "cpu"), MemoryB: rapid.Uint64().Draw(t, "memory")},
		Builds:      map[bench.Arm]bench.Build{bench.Head: {Ref: text.Draw(t, "ref"), Args: rapid.SliceOf(text).Draw(t, "args")}},
	}
	for _, name := range names {
		h.Plan.Benchmarks = append(h.Plan.Benchmarks, bench.Benchmark{
			Name: name, Ops: rapid.IntRange(0, math.MaxInt).Draw(t, "planned ops"), Concurrent: rapid.Bool().Draw(t, "concurrent"),
		})
	}
	rec := &bench.Record{Header: h}
	for i, arm := range h.Plan.Order {
		s := bench.Session{Index: i, Arm: arm, Started: drawTime(t), Seconds: seconds.Draw(t, "seconds"), Failed: text.Draw(t, "failed")}
		for _, name := range names[:rapid.IntRange(0, len(names)).Draw(t, "results")] {
			s.Results = append(s.Results, bench.Result{
				Benchmark: name, Ops: rapid.IntRange(0, math.MaxInt).Draw(t, "ops"), Seconds: seconds.Draw(t, "seconds"),
				Metrics:  rapid.MapOf(text, number).Draw(t, "metrics"),
				Samples:  rapid.MapOf(text, rapid.SliceOfN(number, 1, 4)).Draw(t, "samples"),
				Messages: rapid.SliceOf(text).Draw(t, "messages"),
			})
		}
		rec.Sessions = append(rec.Sessions, s)
	}
	return rec
}

func drawTime(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
}

// Read returns for any input. What it accepts reads the same after Encode.
func FuzzRead(f *testing.F) {
	// Short seeds leave the fuzzer more time.
	const (
		header  = `{"schema":"perf-gate/record/v4","plan":{"order":["base","head"],"benchmarks":[{"name":"A","ops":1}]}}` + "\n"
		older   = `{"schema":"perf-gate/record/v3","plan":{"profiles":["cpu"],"order":["base"],"benchmarks":[{"name":"A","ops":1}]}}` + "\n"
		session = `{"index":0,"arm":"base","results":[{"benchmark":"A","ops":1,"metrics":{"allocs/op":1.5}}]}` + "\n"
	)
	f.Add([]byte(header + session))
	f.Add([]byte(strings.Replace(header, `"order"`, `"turns":"blocks","order"`, 1) + session))
	f.Add([]byte(older + session))
	f.Add([]byte(header + session[:50]))
	f.Add([]byte(header + "{\"index\":1,\"arm\":\"head\",\"started\":\"2026-01-01T00:00:00.5+01:00\"}\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, err := bench.Read(bytes.NewReader(data), bench.RecordFile)
		if err != nil {
			var syntax *bench.SyntaxError
			if !errors.As(err, &syntax) || syntax.Line < 1 || syntax.File != bench.RecordFile {
				t.Fatalf("not a located error: %#v", err)
			}
			return
		}
		var encoded bytes.Buffer
		if err := bench.Encode(&encoded, rec); err != nil {
			t.Fatalf("what Read accepted cannot be written: %v", err)
		}
		again, err := bench.Read(&encoded, bench.RecordFile)
		if err != nil {
			t.Fatalf("what Encode wrote cannot be read: %v", err)
		}
		rec.Torn = false
		if diff := cmp.Diff(rec, again, equate); diff != "" {
			t.Fatalf("(-first +again):\n%s", diff)
		}
	})
}

// A record cannot redefine what the catalogue knows.
func TestMetricOfPlan(t *testing.T) {
	plan := bench.Plan{Units: map[string]bench.Unit{
		"requests/op": {Class: bench.Timing, Better: bench.Higher},
		"hops":        {Class: bench.Exact, Better: bench.Higher},
	}}
	if m, ok := plan.Metric("requests/op"); !ok || m.Class != bench.Exact || m.Better != bench.Lower {
		t.Errorf("requests/op is %+v", m)
	}
	if m, ok := plan.Metric("hops"); !ok || m.Class != bench.Exact || m.Better != bench.Higher {
		t.Errorf("hops is %+v", m)
	}
	if m, ok := plan.Metric("leaps"); ok {
		t.Errorf("leaps is %+v", m)
	}
}
