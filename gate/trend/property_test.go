package trend

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/kro/perf-gate/bench"
	"pgregory.net/rapid"
)

// drawn returns a history of a few levels. Values with few digits make ties.
func drawn(t *rapid.T) []float64 {
	var values []float64
	for range rapid.IntRange(0, 4).Draw(t, "levels") {
		around := rapid.IntRange(90, 130).Draw(t, "level")
		for range rapid.IntRange(1, 25).Draw(t, "runs") {
			values = append(values, float64(around+rapid.IntRange(0, 4).Draw(t, "noise")))
		}
	}
	return values
}

func options(t *rapid.T) Options {
	return Options{
		Alpha:      rapid.SampledFrom([]float64{0, 0.001, 0.05, 0.5}).Draw(t, "alpha"),
		MinSegment: rapid.IntRange(0, 6).Draw(t, "segment"),
		MinChange:  rapid.SampledFrom([]float64{0, 0.02, 0.1}).Draw(t, "change"),
	}
}

// TestPointsKeepWhatOptionsAsk checks that levels are long enough, that neighbours
// differ enough, and that ratios match the values between the points.
func TestPointsKeepWhatOptionsAsk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, o := drawn(t), options(t)
		points := Find(values, o)
		o = o.withDefaults()
		from, old := 0, 0.0
		for i, p := range append(points, Point{Index: len(values)}) {
			if len(points) > 0 && p.Index-from < o.MinSegment {
				t.Fatalf("a level of %d values: %v", p.Index-from, points)
			}
			level := median(values[from:p.Index])
			if i > 0 {
				q := points[i-1]
				if math.Abs(q.Ratio-level/old) > 1e-12 || !(q.P > 0 && q.P <= o.Alpha) {
					t.Fatalf("point %+v between levels of %v and %v", q, old, level)
				}
				if max(q.Ratio, 1/q.Ratio) < 1+o.MinChange-1e-12 {
					t.Fatalf("too small a change: %+v", q)
				}
			}
			from, old = p.Index, level
		}
	})
}

func TestUnitsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, o := drawn(t), options(t)
		// A power of two scales without rounding.
		scaled, unit := slices.Clone(values), math.Ldexp(1, rapid.IntRange(-40, 40).Draw(t, "unit"))
		for i := range scaled {
			scaled[i] *= unit
		}
		if diff := cmp.Diff(Find(values, o), Find(scaled, o)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRunsThatMeasuredNothingDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values, o := drawn(t), options(t)
		want := Find(values, o)
		var gaps []float64
		moved := map[int]int{}
		for i, v := range values {
			for range rapid.IntRange(0, 2).Draw(t, "gap") {
				gaps = append(gaps, rapid.SampledFrom([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}).Draw(t, "nothing"))
			}
			moved[i] = len(gaps)
			gaps = append(gaps, v)
		}
		for i := range want {
			want[i].Index = moved[want[i].Index]
		}
		if diff := cmp.Diff(want, Find(gaps, o)); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestLargeStepIsFound checks that a large step is found at its exact position, for
// any values before it.
func TestLargeStepIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := drawn(t)
		values := slices.Clone(before)
		for range max(10, len(before)) {
			values = append(values, float64(1000+rapid.IntRange(0, 4).Draw(t, "after")))
		}
		if len(before) >= 10 && !slices.ContainsFunc(Find(values, Options{}), func(p Point) bool { return p.Index == len(before) }) {
			t.Fatalf("no point at %d: %v", len(before), Find(values, Options{}))
		}
	})
}

func TestCreepIsBeyondTolerance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var values []float64
		level := 100.0
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			for range rapid.IntRange(3, 8).Draw(t, "runs") {
				values = append(values, level+rapid.Float64Range(-1, 1).Draw(t, "noise"))
			}
			level *= rapid.SampledFrom([]float64{1, 1.01, 1.02, 1.2, 0.99}).Draw(t, "step")
		}
		tolerance := rapid.SampledFrom([]float64{0, 0.02, 0.05}).Draw(t, "tolerance")
		d, found := Creep(values, tolerance, bench.Lower, Options{})
		if found && !(d.Ratio > 1+tolerance && d.Since > 0 && d.Since < len(values)) || !found && d != (Drift{}) {
			t.Fatalf("%+v, found %v", d, found)
		}
	})
}

// FuzzFind checks that Find ends without a panic for arbitrary values, and that its
// answer is the same twice and valid in JSON, which has no NaN.
func FuzzFind(f *testing.F) {
	bytes := func(values ...float64) []byte {
		var b []byte
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	flat := func(v float64) []float64 { return slices.Repeat([]float64{v}, 10) }
	nan, inf, big, small := math.NaN(), math.Inf(1), math.MaxFloat64, math.SmallestNonzeroFloat64
	f.Add([]byte{}, 0.05, 0, 0.0)
	f.Add(bytes(nan, inf, -inf, 1), nan, -1, inf)
	f.Add(bytes(slices.Concat(flat(1), flat(2))...), 0.01, 3, 0.1)
	f.Add(bytes(slices.Concat(flat(-big), flat(big), flat(small), flat(0))...), 1.0, 1, nan)
	f.Add(bytes(slices.Concat(flat(small), flat(big))...), 0.5, math.MaxInt, -2.0)
	f.Fuzz(func(t *testing.T, b []byte, alpha float64, least int, change float64) {
		var values []float64
		for len(b) >= 8 && len(values) < 300 {
			values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			b = b[8:]
		}
		o := Options{Alpha: alpha, MinSegment: least, MinChange: change}
		points := Find(values, o)
		if _, err := json.Marshal(points); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(points, Find(values, o)); diff != "" {
			t.Fatal("two answers: ", diff)
		}
		last := -1
		for _, p := range points {
			if p.Index <= last || p.Index >= len(values) || math.IsNaN(values[p.Index]) || math.IsInf(values[p.Index], 0) {
				t.Fatalf("not in order, or not at a value: %v", points)
			}
			last = p.Index
		}
		for _, better := range []bench.Better{bench.Lower, bench.Higher} {
			d, found := Creep(values, change, better, Options{})
			if found && (!(d.Ratio > 0) || math.IsInf(d.Ratio, 0) || d.Since <= 0) {
				t.Fatalf("creep: %+v", d)
			}
		}
	})
}
