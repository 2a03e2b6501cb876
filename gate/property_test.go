package gate

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/kro/perf-gate/bench"
)

// measured are metrics of every class and both directions.
var measured = []string{"requests/op", "allocs/op", "cpu-sec/op", "ops/sec", "resident-B"}

// all gates everything, so that Holm's correction takes part.
func all() Policy {
	yes := true
	p := DefaultPolicy()
	p.Floor = nil // it has units
	p.Rules = []Rule{{Gate: &yes}}
	return p
}

// plannedForProperties is a sweep, so that growth is compared too.
var plannedForProperties = []bench.Benchmark{{Name: "A/n=1", Sweep: "n"}, {Name: "A/n=7", Sweep: "n"}}

// drawn makes values of two benchmarks in which all of head is shifted by a
// factor per metric, so that every outcome occurs. Few digits make ties.
func drawn(t *rapid.T) series {
	n, m := rapid.IntRange(1, 9).Draw(t, "base sessions"), rapid.IntRange(1, 9).Draw(t, "head sessions")
	values := series{}
	for _, b := range plannedForProperties {
		values[b.Name] = map[string]map[bench.Arm][]float64{}
		for _, metric := range measured {
			spread := rapid.SampledFrom([]int{0, 1, 5, 40}).Draw(t, "spread")
			factor := rapid.SampledFrom([]float64{0.5, 0.97, 1, 1, 1.005, 1.2, 3}).Draw(t, "factor")
			draw := func(n int, factor float64) []float64 {
				v := make([]float64, n)
				for i := range v {
					v[i] = float64(100+rapid.IntRange(0, spread).Draw(t, "value")) * factor
				}
				return v
			}
			values[b.Name][metric] = map[bench.Arm][]float64{bench.Base: draw(n, 1), bench.Head: draw(m, factor)}
		}
	}
	return values
}

// change returns the values with those of each arm passed through f.
func (s series) change(f func(metric string, arms map[bench.Arm][]float64) map[bench.Arm][]float64) series {
	out := series{}
	for b, metrics := range s {
		out[b] = map[string]map[bench.Arm][]float64{}
		for metric, arms := range metrics {
			out[b][metric] = f(metric, arms)
		}
	}
	return out
}

func judge(t rapid.TB, r *bench.Record, p Policy) *Verdict {
	v, err := Decide(Evidence{Run: r}, p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestIdenticalValuesNeverChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := drawn(t).change(func(_ string, arms map[bench.Arm][]float64) map[bench.Arm][]float64 {
			shuffled := rapid.Permutation(arms[bench.Base]).Draw(t, "head")
			return map[bench.Arm][]float64{bench.Base: arms[bench.Base], bench.Head: shuffled}
		})
		v := judge(t, record(values, plannedForProperties...), all())
		for _, c := range v.Comparisons {
			// The exponents of shuffled values may vary in head alone.
			all := slices.Concat(c.BaseValues, c.HeadValues)
			constant := slices.Min(all) == slices.Max(all)
			if c.Outcome == Regressed || c.Outcome == Improved || len(c.BaseValues) >= 4 && constant && c.Outcome != Unchanged {
				t.Fatalf("%s: %v against the same: %s", c.Metric, c.BaseValues, c.Outcome)
			}
		}
	})
}

// grew reports whether a count grew in some sessions only. Its opposite, a count that
// shrank in some, is no improvement.
func grew(c Comparison) bool { return strings.HasPrefix(c.Note, "worse in ") }

func TestSwappingArmsMirrors(t *testing.T) {
	mirror := map[Outcome]Outcome{Regressed: Improved, Improved: Regressed}
	rapid.Check(t, func(t *rapid.T) {
		values := drawn(t)
		swapped := values.change(func(_ string, arms map[bench.Arm][]float64) map[bench.Arm][]float64 {
			return map[bench.Arm][]float64{bench.Base: arms[bench.Head], bench.Head: arms[bench.Base]}
		})
		there, back := judge(t, record(values, plannedForProperties...), all()), judge(t, record(swapped, plannedForProperties...), all())
		for i, c := range there.Comparisons {
			if swapped := back.Comparisons[i]; grew(c) || grew(swapped) {
				continue
			}
			want := c.Outcome
			if m, ok := mirror[want]; ok {
				want = m
			}
			if got := back.Comparisons[i].Outcome; got != want {
				t.Fatalf("%s %s: %v against %v %s; swapped %s", c.Benchmark, c.Metric, c.BaseValues, c.HeadValues, c.Outcome, got)
			}
		}
	})
}

func TestUnitsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := drawn(t)
		unit := rapid.Float64Range(1e-6, 1e6).Draw(t, "unit")
		other := values.change(func(_ string, arms map[bench.Arm][]float64) map[bench.Arm][]float64 {
			return map[bench.Arm][]float64{bench.Base: scaled(arms[bench.Base], unit), bench.Head: scaled(arms[bench.Head], unit)}
		})
		a, b := judge(t, record(values, plannedForProperties...), all()), judge(t, record(other, plannedForProperties...), all())
		ignore := cmpopts.IgnoreFields(Comparison{}, "Base", "Head", "BaseValues", "HeadValues", "Note")
		if diff := cmp.Diff(a.Comparisons, b.Comparisons, ignore, cmpopts.EquateApprox(1e-9, 0)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWorseIsNeverMilder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := drawn(t)
		factor := rapid.Float64Range(1, 10).Draw(t, "factor")
		worsened := values.change(func(metric string, arms map[bench.Arm][]float64) map[bench.Arm][]float64 {
			f := factor
			if m, _ := bench.Lookup(metric); m.Better == bench.Higher {
				f = 1 / factor
			}
			return map[bench.Arm][]float64{bench.Base: arms[bench.Base], bench.Head: scaled(arms[bench.Head], f)}
		})
		before := judge(t, record(values, plannedForProperties...), all())
		after := judge(t, record(worsened, plannedForProperties...), all())
		for i, c := range before.Comparisons {
			if worse := after.Comparisons[i]; c.Outcome == Regressed && worse.Outcome != Regressed {
				t.Fatalf("%s: %v against %v regressed, against %v %s (%s)", c.Metric, c.BaseValues, c.HeadValues, worse.HeadValues, worse.Outcome, worse.Note)
			}
			if worse := after.Comparisons[i]; c.Outcome != Improved && worse.Outcome == Improved {
				t.Fatalf("%s: %s became improved", c.Metric, c.Outcome)
			}
		}
	})
}

// TestOrderDoesNotMatter: the order of the lines in a record changes nothing at
// all, the order of measurement only that of the listed values.
func TestOrderDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record(drawn(t), plannedForProperties...)
		want := judge(t, r, all())

		r.Sessions = rapid.Permutation(r.Sessions).Draw(t, "lines")
		if diff := cmp.Diff(want, judge(t, r, all())); diff != "" {
			t.Fatal("lines shuffled: ", diff)
		}
		for i := range r.Sessions {
			r.Sessions[i].Index = i
		}
		sorted := cmpopts.SortSlices(func(a, b float64) bool { return a < b })
		if diff := cmp.Diff(want, judge(t, r, all()), sorted); diff != "" {
			t.Fatal("sessions reordered: ", diff)
		}
	})
}

// FuzzDecide feeds arbitrary session values: it must end, must not panic, and
// the verdict must be the same twice and fit into JSON, which has no NaN.
func FuzzDecide(f *testing.F) {
	bytes := func(values ...float64) []byte {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	nan, inf := math.NaN(), math.Inf(1)
	f.Add(uint8(0), []byte{}, []byte{})
	f.Add(uint8(1), bytes(1, 2, 3, 4), bytes(2, 3, 4, 5))
	f.Add(uint8(2), bytes(nan, inf, -inf, nan), bytes(nan))
	f.Add(uint8(3), bytes(0, 0, 0, 0), bytes(0, math.Copysign(0, -1), 0, 0))
	f.Add(uint8(4), bytes(-1, -2, -3, -4), bytes(1, 2, 3, 4))
	f.Add(uint8(0), bytes(math.MaxFloat64, -math.MaxFloat64), bytes(-math.MaxFloat64))
	f.Add(uint8(2), bytes(math.MaxFloat64, 1, 2, 3), bytes(math.SmallestNonzeroFloat64, 1, 2, 3))
	f.Fuzz(func(t *testing.T, metric uint8, base, head []byte) {
		decode := func(b []byte) []float64 {
			var values []float64
			for len(b) >= 8 && len(values) < 30 {
				values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(b)))
				b = b[8:]
			}
			return values
		}
		name := measured[int(metric)%len(measured)]
		r := record(both(work, name, decode(base), decode(head)), bench.Benchmark{Name: work})
		first, err := json.Marshal(judge(t, r, all()))
		if err != nil {
			t.Fatal(err)
		}
		second, _ := json.Marshal(judge(t, r, all()))
		if string(first) != string(second) {
			t.Fatalf("two verdicts on one record:\n%s\n%s", first, second)
		}
	})
}
