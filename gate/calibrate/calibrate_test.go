package calibrate_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/calibrate"
)

// measured returns a run of twenty benchmarks with the same build on both arms, and
// with relative noise around a mean.
func measured(seed uint64, rounds int, noise float64) *bench.Record {
	random := rand.New(rand.NewPCG(seed, 1))
	r := &bench.Record{Header: bench.Header{
		Schema: bench.Schema,
		Plan:   bench.Plan{Cluster: "simulation", Profile: "quick", Rounds: rounds},
		Builds: map[bench.Arm]bench.Build{bench.Base: {Digest: "1"}, bench.Head: {Digest: "1"}},
	}}
	for i := range 20 {
		suite := []string{"crud", "cel"}[i%2]
		r.Header.Plan.Benchmarks = append(r.Header.Plan.Benchmarks, bench.Benchmark{Name: fmt.Sprintf("B%02d", i), Suite: suite, Ops: 10})
	}
	for round := range rounds {
		for _, arm := range bench.Arms {
			s := bench.Session{Index: len(r.Sessions), Round: round, Arm: arm}
			for _, b := range r.Header.Plan.Benchmarks {
				s.Results = append(s.Results, bench.Result{Benchmark: b.Name, Ops: 10, Metrics: map[string]float64{
					"cpu-sec/op": 0.01 * math.Exp(noise*random.NormFloat64()), "requests/op": 9,
				}})
			}
			r.Sessions = append(r.Sessions, s)
			r.Header.Plan.Order = append(r.Header.Plan.Order, arm)
		}
	}
	return r
}

func options() calibrate.Options {
	o := calibrate.DefaultOptions()
	o.Policy.Tolerance[bench.Timing] = 0.02
	o.Sessions, o.Trials = 10, 60
	return o
}

func TestResample(t *testing.T) {
	got, err := calibrate.Resample([]*bench.Record{measured(1, 20, 0.01)}, options())
	if err != nil {
		t.Fatal(err)
	}
	if got.Trials != 60 || got.Red > 1 || got.Sessions != 10 {
		t.Errorf("%d of %d trials of %d sessions are red", got.Red, got.Trials, got.Sessions)
	}
	// Two benchmarks are slowed down in each trial. A factor equal to the tolerance
	// must not be found, and one of five times the noise must.
	for i, want := range []struct{ least, most float64 }{{0, 0.05}, {0.9, 1}, {1, 1}, {1, 1}} {
		all := got.Found[i].All()
		share := float64(all.Hits) / float64(all.Of)
		if all.Of != 2*60 || share < want.least || share > want.most {
			t.Errorf("%v: %d of %d found, want %v to %v", got.Found[i].Change, all.Hits, all.Of, want.least, want.most)
		}
	}
	again, err := calibrate.Resample([]*bench.Record{measured(1, 20, 0.01)}, options())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, again); diff != "" {
		t.Error("the same data and seed give another result: -first +second\n", diff)
	}
}

// TestResampleWithin has two runs, on a fast and on a slow machine. What moved little
// shows within a run, and is lost in the difference between the machines.
func TestResampleWithin(t *testing.T) {
	fast, slow := measured(3, 10, 0.01), measured(4, 10, 0.01)
	for i := range slow.Sessions {
		for j := range slow.Sessions[i].Results {
			slow.Sessions[i].Results[j].Metrics["cpu-sec/op"] *= 2
		}
	}
	o := options()
	o.Trials, o.Changes = 20, []calibrate.Change{{What: calibrate.CPU, Size: 0.10, Every: calibrate.One}}
	found := map[bool]int{}
	for _, within := range []bool{false, true} {
		o.Within = within
		o.Sessions = 8 // too few to be compared as pairs
		got, err := calibrate.Resample([]*bench.Record{fast, slow}, o)
		if err != nil {
			t.Fatal(err)
		}
		found[within] = got.Found[0].Found
	}
	if 2*found[false] > found[true] || found[true] < 20 {
		t.Errorf("of 20, %d are found in rounds of both runs, %d in rounds of one", found[false], found[true])
	}
}

// TestMeasured takes runs as they are, and counts the means apart.
func TestMeasured(t *testing.T) {
	o := options()
	o.Changes = []calibrate.Change{{What: calibrate.CPU, Size: 0.10, Every: 1}}
	got, err := calibrate.Measured([]*bench.Record{measured(5, 20, 0.01), measured(6, 20, 0.01)}, o)
	if err != nil {
		t.Fatal(err)
	}
	want := &calibrate.Result{
		Sessions: 20, Outcomes: calibrate.Outcomes{Trials: 2}, Suites: map[string]int{}, Alarms: map[string]int{}, Suspects: map[string]int{},
		Found: []calibrate.Detection{{
			Change: o.Changes[0], Outcomes: calibrate.Outcomes{Trials: 2, Red: 2}, Found: 2,
			Metrics: map[string]calibrate.Share{"cpu-sec/op": {Hits: 40, Of: 40}},
			Means:   map[string]calibrate.Share{"cpu-sec/op": {Hits: 2, Of: 2}},
		}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("-want +got\n", diff)
	}
}

// TestResampleFindsRealChange checks that different builds keep their arms.
func TestResampleFindsRealChange(t *testing.T) {
	run := measured(2, 20, 0.01)
	run.Header.Builds[bench.Head] = bench.Build{Digest: "2"}
	for i, s := range run.Sessions {
		if s.Arm == bench.Head {
			run.Sessions[i].Results[0].Metrics["cpu-sec/op"] *= 1.1
		}
	}
	got, err := calibrate.Resample([]*bench.Record{run}, options())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"crud": 60}
	if diff := cmp.Diff(want, got.Suites); diff != "" || got.Red != 60 {
		t.Errorf("%d red, by suite -want +got\n%s", got.Red, diff)
	}
}

// TestReplay has runs that differ by up to 3 %, which the policy learns from the
// history.
func TestReplay(t *testing.T) {
	var runs []*bench.Record
	for day := range 8 {
		r := measured(uint64(10+day), 10, 0.005)
		for i := range r.Sessions {
			for j := range r.Sessions[i].Results {
				r.Sessions[i].Results[j].Metrics["cpu-sec/op"] *= 1 + 0.01*float64(day%4)
			}
		}
		runs = append(runs, r)
	}
	got, err := calibrate.Replay(runs, options())
	if err != nil {
		t.Fatal(err)
	}
	if got.Trials != 56 || got.Red > 0 {
		t.Errorf("%d of %d pairs are red: %v", got.Red, got.Trials, got.Alarms)
	}
	if all := got.Found[2].All(); float64(all.Hits) < 0.95*float64(all.Of) {
		t.Errorf("10 %%: %d of %d found", all.Hits, all.Of)
	}

	o := options()
	o.Policy.Tolerance = gate.DefaultPolicy().Tolerance
	if got, err = calibrate.Replay(runs, o); err != nil || got.Found[2].All().Hits != 0 {
		t.Errorf("a tolerance of 25 %% finds %v of 10 %%: %v", got.Found[2].All(), err)
	}
}

func TestTooLittle(t *testing.T) {
	one := measured(1, 4, 0.01)
	for want, try := range map[string]func() error{
		"cannot replay 1 run: use at least two runs of unchanged code": func() error {
			_, err := calibrate.Replay([]*bench.Record{one}, options())
			return err
		},
		"run 1 has 4 complete head sessions, too few for 10 per arm": func() error {
			_, err := calibrate.Replay([]*bench.Record{one, one}, options())
			return err
		},
		"4 complete rounds are too few for 10 per trial": func() error {
			_, err := calibrate.Resample([]*bench.Record{one}, options())
			return err
		},
	} {
		if err := try(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
