package report

import (
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

func TestQuantity(t *testing.T) {
	for _, test := range []struct {
		metric string
		value  float64
		want   string
	}{
		{"ready-p50-sec", 0.0123456, "12.3 ms"},
		{"ready-p50-sec", 1.5, "1.50 s"},
		{"ready-max-sec", 123.4, "123 s"},
		{"cel-eval-sec", 0.0000042, "4.20 µs"},
		{"cel-eval-sec", 0, "0 s"},
		{"resident-B", 93_400_000, "93.4 MB"},
		{"B/op", 812, "812 B"},
		{"requests/op", 10, "10"},
		{"requests/op", 9.25, "9.25"},
		{"requests/op", 7.5, "7.5"},
		{"reconciles/op", 0, "0"},
		{"allocs/op", 8241, "8241"},
		{"allocs/op", 24113, "24.1k"},
		{"allocs/op", 1_250_000, "1.25M"},
		{"ops/sec", 19.42, "19.4 /s"},
		{"cpu-percent", 37.25, "37.2 %"},
	} {
		if got := quantity(test.metric, &test.value); got != test.want {
			t.Errorf("quantity(%s, %v) = %q, want %q", test.metric, test.value, got, test.want)
		}
	}
	if got := quantity("requests/op", nil); got != "–" {
		t.Errorf("a missing value is %q, want –", got)
	}
}

// A pair shares its unit, and has as many digits as it takes to show a difference.
func TestQuantities(t *testing.T) {
	for _, test := range []struct {
		metric     string
		base, head float64
		wantBase   string
		wantHead   string
	}{
		{"ready-p50-sec", 0.9, 1.1, "0.900 s", "1.10 s"},
		{"ready-p50-sec", 0.0009, 1.1, "900 µs", "1.10 s"},
		{"requests/op", 1000, 1001, "1000", "1001"},
		{"requests/op", 12345, 12346, "12.345k", "12.346k"},
		{"requests/op", 7.001, 7.002, "7.001", "7.002"},
		{"requests/op", 7, 7, "7", "7"},
		{"allocs/op", 9_000, 11_000, "9.00k", "11.0k"},
		{"allocs/op", 24_120, 24_100, "24.12k", "24.10k"},
	} {
		base, head := quantities(test.metric, &test.base, &test.head)
		if base != test.wantBase || head != test.wantHead {
			t.Errorf("quantities(%s, %v, %v) = %q, %q, want %q, %q", test.metric, test.base, test.head, base, head, test.wantBase, test.wantHead)
		}
	}
}

func TestChange(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		name string
		c    gate.Comparison
		want string
	}{
		{"count", gate.Comparison{Class: bench.Exact, Base: number(7), Head: number(8), Ratio: number(8. / 7)}, "+1 (+14.3 %)"},
		{"count from zero", gate.Comparison{Class: bench.Exact, Base: number(0), Head: number(1)}, "+1"},
		{"equal counts", gate.Comparison{Class: bench.Exact, Base: number(7), Head: number(7), Ratio: number(1)}, "0"},
		{"count on one side", gate.Comparison{Class: bench.Exact, Base: number(7)}, "–"},
		{"slower", gate.Comparison{Class: bench.Timing, Ratio: number(1.123), CI: &[2]float64{1.101, 1.145}}, "+12.3 % [+10.1, +14.5]"},
		{"faster", gate.Comparison{Class: bench.Timing, Ratio: number(0.97), CI: &[2]float64{0.96, 0.98}}, "−3.00 % [−4.00, −2.00]"},
		{"no interval", gate.Comparison{Class: bench.Timing, Ratio: number(0.5)}, "−50.0 %"},
		{"many times", gate.Comparison{Class: bench.Timing, Ratio: number(3.256), CI: &[2]float64{2.9, 3.61}}, "×3.26 [2.90, 3.61]"},
		{"hardly", gate.Comparison{Class: bench.Steady, Ratio: number(0.99999)}, "0.00 %"},
		{"no ratio", gate.Comparison{Class: bench.Timing}, "–"},
	} {
		if got := change(test.c); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestProbability(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	for _, test := range []struct {
		c    gate.Comparison
		want string
	}{
		{gate.Comparison{P: number(0.0011), AdjustedP: number(0.0165)}, "0.017"},
		{gate.Comparison{P: number(0.0011)}, "0.0011"},
		{gate.Comparison{P: number(1e-7)}, "<0.0001"},
		{gate.Comparison{P: number(0.99999)}, "1"},
		{gate.Comparison{Class: bench.Exact, Base: number(1), Head: number(1)}, "exact"},
		{gate.Comparison{Class: bench.Exact, Base: number(1)}, "–"},
	} {
		if got := probability(test.c); got != test.want {
			t.Errorf("%+v: %q, want %q", test.c, got, test.want)
		}
	}
}
