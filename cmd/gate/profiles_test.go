package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/pprof/profile"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/cmd/gate/decide"
	"github.com/kro/perf-gate/gate"
)

var profilesOf = flag.String("profiles-of", "", "`directory` of a run: write the comparison of its pprof profiles to profiles.json in it")

// TestWriteProfiles compares the pprof profiles of a recorded run once. The tests of
// reports only need the comparison, which is smaller.
func TestWriteProfiles(t *testing.T) {
	if *profilesOf == "" {
		t.Skip("needs a run with pprof profiles; see make runs")
	}
	run, err := decide.ReadRecord(*profilesOf)
	if err != nil {
		t.Fatal(err)
	}
	verdict, err := gate.Decide(gate.Evidence{Run: run}, gate.DefaultPolicy())
	if err != nil {
		t.Fatal(err)
	}
	profiles := decide.Input(verdict, run, *profilesOf, os.Stderr).Pprof
	if profiles == nil {
		t.Fatalf("no pprof profiles of both builds in %s", *profilesOf)
	}
	content, err := json.MarshalIndent(profiles, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*profilesOf, "profiles.json"), append(content, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// profile DIR writes heap profiles next to a record. In each session of head, one of
// KRO's functions allocates a million objects more.
func takeProfiles(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: profile dir")
	}
	dir := ts.MkAbs(args[0])
	record, err := decide.ReadRecord(dir)
	ts.Check(err)
	for _, s := range record.Sessions {
		objects := int64(5_000_000 + s.Index)
		if s.Arm == bench.Head {
			objects += 1_000_000
		}
		p := &profile.Profile{
			SampleType: []*profile.ValueType{{Type: "alloc_objects", Unit: "count"}, {Type: "alloc_space", Unit: "bytes"}},
			PeriodType: &profile.ValueType{Type: "space", Unit: "bytes"},
			Period:     512 << 10,
			Sample:     []*profile.Sample{{Value: []int64{objects, 100 * objects}}},
		}
		for i, name := range []string{"runtime.makemap", "github.com/kubernetes-sigs/kro/pkg/graph.(*Builder).Build.func1"} {
			function := &profile.Function{ID: uint64(i + 1), Name: name}
			location := &profile.Location{ID: function.ID, Line: []profile.Line{{Function: function}}}
			p.Function, p.Location = append(p.Function, function), append(p.Location, location)
		}
		p.Sample[0].Location = p.Location
		ts.Check(pprof.Write(dir, s.Index, s.Arm, map[pprof.Kind]*profile.Profile{pprof.Heap: p}))
	}
}
