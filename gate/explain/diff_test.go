package explain_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/gate/explain"
)

const kro = "github.com/kubernetes-sigs/kro/"

// session returns a CPU profile made of stacks and their milliseconds. A stack is
// innermost first, with functions separated by "<". Functions separated by "=" share
// a location, like inlined calls.
func session(stacks map[string]int64) *profile.Profile {
	p := &profile.Profile{
		SampleType: []*profile.ValueType{{Type: "samples", Unit: "count"}, {Type: "cpu", Unit: "nanoseconds"}},
		Period:     1e7,
	}
	for stack, ms := range stacks {
		s := &profile.Sample{Value: []int64{ms / 10, ms * 1e6}}
		for _, inlined := range strings.Split(stack, " < ") {
			l := &profile.Location{}
			for _, name := range strings.Split(inlined, " = ") {
				l.Line = append(l.Line, profile.Line{Function: &profile.Function{Name: name}})
			}
			s.Location = append(s.Location, l)
		}
		p.Sample = append(p.Sample, s)
	}
	return p
}

// compare compares sessions given as such stacks.
func compare(t *testing.T, base, head []map[string]int64) explain.Diff {
	t.Helper()
	var profiles [2][]*profile.Profile
	for i, sessions := range [][]map[string]int64{base, head} {
		for _, stacks := range sessions {
			profiles[i] = append(profiles[i], session(stacks))
		}
	}
	diffs := explain.Compare(profiles[0], profiles[1])
	if len(diffs) != 1 || diffs[0].Type != explain.CPU {
		t.Fatalf("got %v, want one comparison, of cpu", diffs)
	}
	return diffs[0]
}

// changes maps the functions of a view to their changes in milliseconds.
func changes(v explain.View) map[string]float64 {
	list := map[string]float64{}
	for _, r := range v.Rows {
		list[r.Function] = math.Round(r.Change * 1000)
	}
	return list
}

// The cost of a stack counts for its innermost function that is KRO's own.
func TestOwnAndFlat(t *testing.T) {
	d := compare(t, []map[string]int64{{}}, []map[string]int64{{
		"runtime.mallocgc < k8s.io/x.Copy < " + kro + "pkg/graph.(*Builder).Build < main.main":            10,
		"runtime.mallocgc < runtime.newobject = k8s.io/x.New = " + kro + "pkg/runtime.resolve = main.run": 20,
		kro + "pkg/runtime.resolve < main.run":                                                            30,
		"encoding/json.Marshal < github.com/kro-run/kro/pkg/old.Encode":                                   40,
		"runtime.gcBgMarkWorker":                                                                                     50,
		"github.com/kubernetes-sigs/kro-extra/pkg.Work < main.start":                                                 60,
		"runtime.mallocgc < net/http/pprof.Index < net/http.serve":                                                   1000,
		"compress/flate.(*compressor).deflate < runtime/pprof.(*profileBuilder).flush < runtime/pprof.profileWriter": 1000,
	}})
	if diff := cmp.Diff(map[string]float64{
		"pkg/graph.(*Builder).Build": 10, "pkg/runtime.resolve": 50, "pkg/old.Encode": 40, explain.Alone: 50, "main.start": 60,
	}, changes(d.Own)); diff != "" {
		t.Errorf("by KRO's own functions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{
		"runtime.mallocgc": 30, "pkg/runtime.resolve": 30, "encoding/json.Marshal": 40, "runtime.gcBgMarkWorker": 50,
		"github.com/kubernetes-sigs/kro-extra/pkg.Work": 60,
	}, changes(d.Flat)); diff != "" {
		t.Errorf("by the functions themselves (-want +got):\n%s", diff)
	}
	if d.Samples != 21 || d.Total.Head != 0.21 {
		t.Errorf("%d samples, %v s in all; want 21 and 0.21 s, without the cost of serving the profiles", d.Samples, d.Total.Head)
	}
}

// A function has its name in the source.
func TestNames(t *testing.T) {
	for symbol, want := range map[string]string{
		kro + "pkg/runtime.(*Node).IsIgnored":                "pkg/runtime.(*Node).IsIgnored",
		kro + "pkg/runtime.(*Node).IsIgnored.func2.1":        "pkg/runtime.(*Node).IsIgnored",
		kro + "pkg/runtime.(*Node).IsIgnored-fm":             "pkg/runtime.(*Node).IsIgnored",
		kro + "pkg/runtime.(*Node).func1":                    "pkg/runtime.(*Node).func1",
		kro + "pkg/runtime.Node.IsIgnored":                   "pkg/runtime.Node.IsIgnored",
		kro + "pkg/graph.Build.gowrap1":                      "pkg/graph.Build",
		kro + "pkg/graph.Build.deferwrap2":                   "pkg/graph.Build",
		kro + "pkg/graph.Build-range1":                       "pkg/graph.Build",
		kro + "pkg/graph.Build.func1-range1":                 "pkg/graph.Build",
		kro + "pkg/graph.Build.(*Builder).add.func1":         "pkg/graph.Build",
		kro + "pkg/graph.(*Builder).add.each.func1":          "pkg/graph.(*Builder).add",
		kro + "pkg/graph.init.0":                             "pkg/graph.init",
		kro + "pkg/graph.glob..func3":                        "pkg/graph.init",
		kro + "pkg/set.Map[go.shape.string,go.shape.int]":    "pkg/set.Map",
		kro + "pkg/set.(*Set[" + kro + "pkg/x.T]).Add.func1": "pkg/set.(*Set).Add",
		kro + "pkg/set.Map[...].func1":                       "pkg/set.Map",
		"slices.SortFunc[go.shape.[]" + kro + "pkg/x.T]":     "slices.SortFunc",
		"sigs.k8s.io/yaml/goyaml%2ev2.(*parser).parse":       "sigs.k8s.io/yaml/goyaml.v2.(*parser).parse",
		"k8s.io/apimachinery/pkg/runtime.(*Scheme).New":      "k8s.io/apimachinery/pkg/runtime.(*Scheme).New",
		"type:.eq." + kro + "pkg/x.T":                        "type:.eq." + kro + "pkg/x.T",
		"main.main.func1":                                    "main.main",
		"__libc_start":                                       "__libc_start",
		"[vdso]":                                             "(no name)",
		".":                                                  "(no name)",
		"":                                                   "(no name)",
	} {
		d := compare(t, []map[string]int64{{}}, []map[string]int64{{symbol: 10}})
		if got := d.Flat.Rows[0].Function; got != want {
			t.Errorf("%q is shown as %q, want %q", symbol, got, want)
		}
	}
}

// The change of a function is the difference of the two means, and its error is the
// standard error of that difference.
func TestChangeAndError(t *testing.T) {
	sessions := func(values ...int64) (list []map[string]int64) {
		for _, v := range values {
			list = append(list, map[string]int64{"main.work": v, "main.same": 100})
		}
		return list
	}
	d := compare(t, sessions(1000, 1100, 1200, 1300), sessions(2000, 2300, 2600))
	if len(d.Own.Rows) != 1 {
		t.Fatalf("%v changed, want only main.work", d.Own.Rows)
	}
	r := d.Own.Rows[0]
	// s² is 16667 and 90000, so the error sqrt(16667/4 + 90000/3) ms.
	if math.Abs(r.Base-1.15) > 1e-9 || math.Abs(r.Head-2.3) > 1e-9 || math.Abs(r.Change-1.15) > 1e-9 || math.Abs(*r.Error-0.18484) > 1e-5 {
		t.Errorf("%v → %v, %v ± %v; want 1.15 → 2.3, 1.15 ± 0.18484", r.Base, r.Head, r.Change, *r.Error)
	}
	if math.Abs(*r.Share-1) > 1e-9 {
		t.Errorf("share %v, want all of it", *r.Share)
	}
	if math.Abs(d.Total.Base-1.25) > 1e-9 || d.BaseSessions != 4 || d.HeadSessions != 3 {
		t.Errorf("total %v of %d and %d sessions", d.Total, d.BaseSessions, d.HeadSessions)
	}
}

// A function that the profiler saw three times is noise, even if sessions agree by
// chance. One that it saw a hundred times is a change.
func TestFewSamples(t *testing.T) {
	once, often := map[string]int64{"main.work": 10}, map[string]int64{"main.work": 330}
	none := map[string]int64{"main.other": 10}
	d := compare(t, []map[string]int64{none, none, none}, []map[string]int64{once, once, once})
	if len(d.Own.Rows) != 0 || d.Own.Within != 2 {
		t.Errorf("three samples made a change: %v", d.Own)
	}
	d = compare(t, []map[string]int64{none, none, none}, []map[string]int64{often, often, often})
	if len(d.Own.Rows) != 1 || math.Abs(*d.Own.Rows[0].Error-0.0331662) > 1e-6 { // sqrt(99) samples of 10 ms, in 3 sessions
		t.Errorf("99 samples made no change, or not with their error: %v", d.Own)
	}
}

// With enough sessions, changes within two standard errors are left out and counted.
func TestNoiseIsLeftOut(t *testing.T) {
	var base, head []map[string]int64
	for i := range int64(3) {
		base = append(base, map[string]int64{"main.noisy": 100 + 80*i, "main.work": 1000 + 10*i})
		head = append(head, map[string]int64{"main.noisy": 150 + 80*i, "main.work": 1240 + 10*i, "main.once": map[int64]int64{1: 900}[i]})
	}
	d := compare(t, base, head)
	if diff := cmp.Diff(map[string]float64{"main.work": 240}, changes(d.Own)); diff != "" || d.Own.Within != 2 || !d.Judged() {
		t.Errorf("%d left out; changes (-want +got):\n%s", d.Own.Within, diff)
	}
	if d.Own.Rows[0].Share != nil {
		t.Errorf("a share of %v of a total that did not change beyond its error, %v", *d.Own.Rows[0].Share, d.Total)
	}
	few := compare(t, base[:2], head[:2])
	if diff := cmp.Diff(map[string]float64{"main.work": 240, "main.noisy": 50, "main.once": 450}, changes(few.Own)); diff != "" || few.Judged() {
		t.Errorf("two sessions per arm: changes (-want +got):\n%s", diff)
	}
	if one := compare(t, base[:1], head[:1]); one.Own.Rows[0].Error != nil {
		t.Errorf("an error of %v from one session", *one.Own.Rows[0].Error)
	}
}

// The table has the ten largest changes in both directions, always in the same
// order.
func TestRanking(t *testing.T) {
	base, head := map[string]int64{}, map[string]int64{}
	for i := range int64(14) {
		base[fmt.Sprintf("main.less%02d", i)] = 10 * i
		head[fmt.Sprintf("main.more%02d", i)] = 10 * i
	}
	var want []string
	for i := 13; i > 8; i-- {
		want = append(want, fmt.Sprintf("main.less%02d", i), fmt.Sprintf("main.more%02d", i))
	}
	for range 10 { // the order of maps changes each time
		d := compare(t, []map[string]int64{base}, []map[string]int64{head})
		var got []string
		for _, r := range d.Own.Rows {
			got = append(got, r.Function)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("the order (-want +got):\n%s", diff)
		}
		if d.Own.Smaller != 16 {
			t.Fatalf("%d smaller changes, want 16", d.Own.Smaller)
		}
	}
	// A change below a hundredth of the largest is left out.
	d := compare(t, []map[string]int64{{}}, []map[string]int64{{"main.much": 10_000, "main.some": 100, "main.hardly": 90}})
	if diff := cmp.Diff(map[string]float64{"main.much": 10_000, "main.some": 100}, changes(d.Own)); diff != "" || d.Own.Smaller != 1 {
		t.Errorf("%d smaller changes; changes (-want +got):\n%s", d.Own.Smaller, diff)
	}
}

// A type is compared only if all profiles have it. A missing type is not zero.
func TestMissingTypes(t *testing.T) {
	with := session(map[string]int64{"main.work": 10})
	without := session(map[string]int64{"main.work": 10})
	without.SampleType[1].Unit = "microseconds"
	if d := explain.Compare([]*profile.Profile{with}, []*profile.Profile{without}); len(d) != 0 {
		t.Errorf("nanoseconds were compared with microseconds: %v", d)
	}
	if d := explain.Compare(nil, []*profile.Profile{with}); len(d) != 0 {
		t.Errorf("head was compared with nothing: %v", d)
	}
}
