package advice

import (
	"encoding/json"
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

var update = flag.Bool("update", false, "rewrite testdata/*/advice.json")

// read returns a record in testdata. The records were measured in simulation and
// cut to the parts that the rules look at. Base is KRO v0.9.4 in both. The head of
// standard is v0.9.4 with a little more work in each reconcile. The head of limited
// is v0.9.4 with a client that allows 50 requests per second and bursts of 50.
func read(t testing.TB, name string) *bench.Record {
	t.Helper()
	r, err := bench.ReadFile(filepath.Join("testdata", name, "record.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// advise decides with the default policy and returns the recommendations.
func advise(t testing.TB, r *bench.Record) []Recommendation {
	t.Helper()
	v, err := gate.Decide(gate.Evidence{Run: r}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	return From(v, r)
}

func TestGolden(t *testing.T) {
	for _, name := range []string{"standard", "limited"} {
		t.Run(name, func(t *testing.T) {
			got, err := json.MarshalIndent(advise(t, read(t, name)), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, '\n')
			file := filepath.Join("testdata", name, "advice.json")
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("advice changed (-update rewrites it): -want +got\n%s", diff)
			}
		})
	}
}

// The limit is found in the build that has one. It is not found in the build without
// it, which did the same work in the same run.
func TestLimitIsOfTheBuild(t *testing.T) {
	r := read(t, "limited")
	if got := names(advise(t, r)); !slices.Contains(got, "limit") {
		t.Errorf("head, limited: %q has no limit", got)
	}
	if got := names(advise(t, exchanged(r))); slices.Contains(got, "limit") {
		t.Errorf("base, not limited: %q has a limit", got)
	}
}

// exchanged returns the record with the arms exchanged.
func exchanged(r *bench.Record) *bench.Record {
	other := map[bench.Arm]bench.Arm{bench.Base: bench.Head, bench.Head: bench.Base}
	out := &bench.Record{Header: r.Header, Sessions: slices.Clone(r.Sessions)}
	out.Header.Builds = map[bench.Arm]bench.Build{bench.Base: r.Header.Builds[bench.Head], bench.Head: r.Header.Builds[bench.Base]}
	for i := range out.Sessions {
		out.Sessions[i].Arm = other[out.Sessions[i].Arm]
	}
	return out
}

// names returns the names of the rules behind the recommendations, in order.
func names(found []Recommendation) []string {
	var list []string
	for _, f := range found {
		list = append(list, f.Rule)
	}
	return list
}

// Failed sessions, sessions that measured regressed benchmarks again, and base's
// sessions give no advice.
func TestOnlyHeadsCompleteSessions(t *testing.T) {
	for name, spoil := range map[string]func(*bench.Session){
		"base":    func(s *bench.Session) { s.Arm = bench.Base },
		"failed":  func(s *bench.Session) { s.Failed = "the API server ended" },
		"confirm": func(s *bench.Session) { s.Phase = bench.Confirm },
	} {
		r := waiting()
		for i := range r.Sessions {
			spoil(&r.Sessions[i])
		}
		if got := From(&gate.Verdict{}, r); len(got) > 0 {
			t.Errorf("%s sessions: %q", name, names(got))
		}
	}
}

// Advice has only finite figures, however odd the record, and the same record gives
// the same advice. The fuzzer changes a metric, a latency and an end of the interval
// in each rule's record, and numbers in names and settings.
func FuzzFrom(f *testing.F) {
	for i := range wanted {
		f.Add(uint8(i), 0.0, 1.0, 1.0, 1, 0, "2", 0.5)
		f.Add(uint8(i), math.Inf(1), -1.0, math.NaN(), -1, 1, "", -3600.0)
		f.Add(uint8(i), 1e308, 5e-324, 1e308, 1<<62, 1<<62, "99999", 0.0)
	}
	f.Fuzz(func(t *testing.T, which uint8, metric, latency, bound float64, ops, failed int, number string, timer float64) {
		w := wanted[int(which)%len(wanted)]
		r, v := w.record(), w.verdict()
		workers, _ := strconv.ParseFloat(number, 64)
		configure(r, func(s *bench.Settings) {
			s.InstanceTimer.Value, s.RGDTimer.Value, s.Workers.Value = timer, timer, workers
		})
		r.Header.Plan.Benchmarks[0].Ops = ops
		rename(r, "CRUD/op=create/shape=chain/n=2", "CRUD/op=create/shape=chain/n="+number)
		for i, s := range r.Sessions {
			for j := range s.Results {
				result := &s.Results[j]
				result.Ops, result.Errors = ops, failed
				names := slices.Sorted(maps.Keys(result.Metrics))
				if len(names) > 0 {
					result.Metrics[names[(i+j)%len(names)]] = metric
				}
				result.Samples[bench.ReadySamples] = append(result.Samples[bench.ReadySamples], latency)
			}
		}
		for i := range v.Comparisons {
			v.Comparisons[i].CI[1], v.Comparisons[i].Tolerance, v.Comparisons[i].Detectable = bound, metric, &latency
		}
		for i := range v.Modes {
			v.Modes[i].Split = bound
		}
		v.Machine = &gate.Machine{Metric: bench.ControlCPU, Drift: metric}
		found := From(v, r)
		check(t, found)
		if diff := cmp.Diff(found, From(v, r)); diff != "" {
			t.Errorf("the same record gives other advice:\n%s", diff)
		}
	})
}

// check fails if advice does not match its documentation.
func check(t *testing.T, found []Recommendation) {
	t.Helper()
	for i, f := range found {
		if f.What == "" || f.Do == "" || len(f.Evidence) == 0 || len(f.Benchmarks) == 0 {
			t.Errorf("incomplete: %+v", f)
		}
		if !(f.Share > 0 && f.Share <= 1) {
			t.Errorf("%s: share %v", f.Rule, f.Share)
		}
		if i > 0 && f.Share > found[i-1].Share {
			t.Errorf("%s comes after %s, which has a smaller share", f.Rule, found[i-1].Rule)
		}
		for _, e := range f.Evidence {
			if !finite(e.Value) || e.Name == "" || e.From == "" || e.Unit == "" {
				t.Errorf("%s: figure %+v", f.Rule, e)
			}
		}
	}
}
