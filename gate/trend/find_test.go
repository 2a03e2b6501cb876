package trend

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFindKnownChanges(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	flat := func(n int, v float64) []float64 { return slices.Repeat([]float64{v}, n) }
	random := rand.New(rand.NewPCG(1, 2))
	tests := []struct {
		name   string
		values []float64
		o      Options
		want   []int
	}{
		{"none", nil, Options{}, nil},
		{"one", []float64{1}, Options{}, nil},
		{"constant", flat(50, 7), Options{}, nil},
		{"not measured", []float64{nan, inf, -inf, nan}, Options{}, nil},
		{"a count", slices.Concat(flat(8, 100), flat(8, 101)), Options{}, []int{8}},
		{"from zero", slices.Concat(flat(8, 0), flat(8, 3)), Options{}, []int{8}},
		{"to zero", slices.Concat(flat(8, 3), flat(8, 0)), Options{}, []int{8}},
		{"out of range", slices.Concat(flat(8, -math.MaxFloat64), flat(8, math.MaxFloat64)), Options{}, []int{8}},
		{"smallest numbers", slices.Concat(flat(8, 0), flat(8, math.SmallestNonzeroFloat64)), Options{}, []int{8}},
		{"newest five", slices.Concat(noise(random, 30, 100, 1), noise(random, 5, 110, 1)), Options{}, []int{30}},
		{"newest two are too few", slices.Concat(flat(30, 100), flat(2, 110)), Options{}, nil},
		{"newest three are enough if asked", slices.Concat(flat(30, 100), flat(3, 110)), Options{MinSegment: 3}, []int{30}},
		{"outliers", slices.Concat(flat(10, 5), []float64{900}, flat(10, 5), []float64{0}, flat(10, 5)), Options{}, nil},
		{"up and back", levelsOf(random, 20, 100, 120, 100), Options{MinChange: 0.05}, []int{20, 40}},
		{"stairs", levelsOf(random, 20, 100, 110, 120, 100), Options{}, []int{20, 40, 60}},
		{"too small", levelsOf(random, 20, 100, 102, 112), Options{MinChange: 0.05}, []int{40}},
		{"small between large", slices.Concat(flat(20, 100), flat(20, 101), flat(20, 130), flat(20, 100)), Options{MinChange: 0.05}, []int{40, 60}},
		{"gaps keep their index", slices.Concat([]float64{nan, nan}, flat(8, 1), []float64{nan}, flat(8, 2)), Options{}, []int{11}},
		{"options without sense", slices.Concat(flat(8, 1), flat(8, 2)), Options{Alpha: nan, MinSegment: -1, MinChange: nan}, []int{8}},
		{"segments beyond any length", flat(9, 1), Options{MinSegment: math.MaxInt}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			for _, p := range Find(tt.values, tt.o) {
				got = append(got, p.Index)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error("-want +got\n", diff)
			}
			last := 0
			if len(tt.want) > 0 {
				last = tt.want[len(tt.want)-1]
			}
			if stable := Stable(tt.values, tt.o); stable != last {
				t.Errorf("stable from %d, want %d", stable, last)
			}
		})
	}
}

// TestStepIsPlaced checks that a step far above the noise is found at its exact
// position, even if the values before it happen to rise.
func TestStepIsPlaced(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		values := slices.Concat(noise(random, 26, 100, 0.5), noise(random, 18, 110, 0.5))
		if points := Find(values, Options{}); !slices.ContainsFunc(points, func(p Point) bool { return p.Index == 26 }) {
			t.Fatalf("no step at 26: %v in %v", points, values)
		}
	}
}

func TestPointInJSON(t *testing.T) {
	got, err := json.Marshal([]Point{{Index: 8, Ratio: 1.5, P: 0.001}, {Index: 9, P: 0.002}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `[{"index":8,"ratio":1.5,"p":0.001},{"index":9,"p":0.002}]`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestFalseAlarms checks that at most a share of alpha of unchanged histories get a
// point, for noise of any shape. The bounds are three standard errors above alpha.
func TestFalseAlarms(t *testing.T) {
	shapes := map[string]func(*rand.Rand) float64{
		"normal": (*rand.Rand).NormFloat64,
		"skewed": func(r *rand.Rand) float64 { return math.Exp(2 * r.NormFloat64()) },
		"tied":   func(r *rand.Rand) float64 { return float64(r.IntN(3)) },
		"counts": func(r *rand.Rand) float64 { return float64(r.IntN(40) / 39) }, // one more, now and then
	}
	for name, draw := range shapes {
		for _, n := range []int{12, 40, 250} {
			random := rand.New(rand.NewPCG(5, uint64(n)))
			const trials, alpha = 400, 0.05
			alarms := 0
			for range trials {
				values := make([]float64, n)
				for i := range values {
					values[i] = draw(random)
				}
				if len(Find(values, Options{Alpha: alpha})) > 0 {
					alarms++
				}
			}
			if bound := trials*alpha + 3*math.Sqrt(trials*alpha*(1-alpha)); float64(alarms) > bound {
				t.Errorf("%s, %d values: %d of %d constant histories have a point, at most %.0f may", name, n, alarms, trials, bound)
			}
		}
	}
}

// TestLongHistories checks that long histories end.
func TestLongHistories(t *testing.T) {
	const n = 100_000
	values := noise(rand.New(rand.NewPCG(7, 8)), n, 100, 1)
	if points := Find(values, Options{}); len(points) != 0 {
		t.Errorf("%d points in noise", len(points))
	}
	for i := range values[n/2:] {
		values[n/2+i] += 10
	}
	if points := Find(values, Options{MinChange: 0.05}); len(points) != 1 || points[0].Index != n/2 {
		t.Errorf("points of one step: %v", points)
	}
	ramp := values[:2000]
	for i := range ramp {
		ramp[i] = float64(i)
	}
	if len(Find(ramp, Options{})) == 0 {
		t.Error("no point in a ramp")
	}
}
