package gate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

// condition compiles a condition that has to be right.
func condition(t testing.TB, text string) *Condition {
	t.Helper()
	c, err := NewCondition(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

func TestConditionHolds(t *testing.T) {
	create := candidate{benchmark: bench.Benchmark{Name: "CRUD/op=create/shape=flat/n=10", Suite: "crud"}, metric: "ready-p50-sec", class: bench.Timing}
	sweep := candidate{benchmark: bench.Benchmark{Name: "Collection/op=create/items=*", Suite: "collection"}, metric: "allocs/op", class: bench.Steady}
	mean := candidate{benchmark: bench.Benchmark{Name: Geomean}, metric: "allocs/op", class: bench.Steady}
	golang := candidate{benchmark: bench.Benchmark{Name: "golang.org/x/perf/benchfmt.Read/size=1.5e3/n=10-8", Suite: "golang.org/x/perf/benchfmt"}, metric: "sec/op", class: bench.Timing, suffixed: true}
	plain := candidate{benchmark: bench.Benchmark{Name: "example.com/x.Run-8", Suite: "example.com/x"}, metric: "sec/op", class: bench.Timing, suffixed: true}
	for _, tt := range []struct {
		text string
		of   candidate
		want bool
	}{
		{`benchmark.op == "create" && metric.startsWith("ready-")`, create, true},
		{`benchmark.op == "delete"`, create, false},
		{`suite == "crud" && class == "timing" && name.endsWith("/n=10")`, create, true},
		{`benchmark.n > 5 && benchmark.n == 10 && benchmark.n < 10.5`, create, true},
		{`benchmark.n > 10`, create, false},
		{`benchmark.shape == 10`, create, false}, // text is no number
		{`benchmark["n"] == 10 && "n" in benchmark && size(benchmark) == 3`, create, true},
		{`benchmark.map(key, key) == ["n", "op", "shape"]`, create, true},
		{`["ready-", "cpu-"].exists(prefix, metric.startsWith(prefix))`, create, true},
		{`name.matches("^CRUD/op=(create|update)/")`, create, true},

		// What depends on a parameter that is missing does not hold.
		{`benchmark.workers == 4`, create, false},
		{`benchmark.workers != 4`, create, false},
		{`!(benchmark.workers == 4)`, create, false},
		{`!has(benchmark.workers) || benchmark.workers != 4`, create, true},
		{`benchmark.workers == 4 || benchmark.n == 10`, create, true},

		{`benchmark.op == "create" && name == "Collection/op=create/items=*"`, sweep, true},
		{`suite == "collection"`, sweep, true},
		{`benchmark.items > 5`, sweep, false},
		{`benchmark.items <= 5`, sweep, false},
		{`has(benchmark.items)`, sweep, false},

		{`name == "geomean" && suite == "" && size(benchmark) == 0`, mean, true},
		{`benchmark.op == "create"`, mean, false},

		{`benchmark.n == 10 && benchmark.size == 1500`, golang, true},
		{`suite == "golang.org/x/perf/benchfmt" && name.endsWith("-8")`, golang, true},
		{`size(benchmark) == 0 && name == "example.com/x.Run-8"`, plain, true},
	} {
		got, err := condition(t, tt.text).holds(&tt.of)
		if err != nil || got != tt.want {
			t.Errorf("%s of %s %s: %v, %v; want %v", tt.text, tt.of.benchmark.Name, tt.of.metric, got, err, tt.want)
		}
	}
}

// TestParametersAreNumbers only where they read as such.
func TestParametersAreNumbers(t *testing.T) {
	for text, want := range map[string]any{
		"10": int64(10), "-3": int64(-3), "0.5": 0.5, "1e3": 1e3, "99999999999999999999": 1e20,
		"": "", "flat": "flat", "10m": "10m", "v1.30": "v1.30", "inf": "inf", "NaN": "NaN", "true": "true",
	} {
		if got := parameter(text); got != want {
			t.Errorf("%q is %v, a %[2]T; want %v, a %[3]T", text, got, want)
		}
	}
}

func TestNewConditionRefuses(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{`metrics == "B/op"`, `1:0: unknown variable or function "metrics" (did you mean "metric"?); the variables are benchmark, class, metric, name, suite`},
		{`metric == "B/op" && metric.startWith("B")`, `1:36: unknown variable or function "startWith" (did you mean "startsWith"?); the variables are benchmark, class, metric, name, suite`},
		{"metric ==\n  foo", `2:2: unknown variable or function "foo"; the variables are benchmark, class, metric, name, suite`},
		{`metric == 5`, `1:7: not a valid expression: found no matching overload for '_==_' applied to '(string, int)'`},
		{`metric ==`, `1:9: not a valid expression: Syntax error: mismatched input '<EOF>'`},
		{``, `1:0: not a valid expression: Syntax error: mismatched input '<EOF>'`},
		{`metric`, `want true or false, got a value of type string; compare it, as in metric == "allocs/op"`},
		{`benchmark.n`, `want true or false, got a value of type dyn; compare it, as in metric == "allocs/op"`},
		{`metric.matches("(")`, "error parsing regexp: missing closing ): `(`"},
		{`{"a": 1}.exists(k, k == metric)`, `1:0: not a valid expression: maps are not supported here; use a list`},
		{`timestamp("2026-01-01T00:00:00Z").getHours("Europe/Berlin") == 1`, `1:42: unknown variable or function "getHours"; the variables are benchmark, class, metric, name, suite`},
		{`"` + strings.Repeat("a", conditionSize) + `" == metric`, `1:0: not a valid expression: expression code point size exceeds limit: size: 10012, limit 10000`},
		{strings.Repeat("[1].map(x, ", 60) + "1" + strings.Repeat(")", 60) + " == []", `1:0: not a valid expression: expression recursion limit exceeded: 50`},
	} {
		_, err := NewCondition(tt.text)
		got := fmt.Sprint(err)
		if at, ok := err.(interface{ Place() (line, column int) }); ok {
			line, column := at.Place()
			got = fmt.Sprintf("%d:%d: %v", line, column, err)
		}
		if got != tt.want {
			t.Errorf("%.100s:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

// TestConditionFails: a condition that cannot be decided gives no verdict, wherever in the
// decision that shows. Otherwise it would leave a gate open.
func TestConditionFails(t *testing.T) {
	const divides = `1 / (size(name) - size(name)) == 0`
	paired, _ := eventful(t, "paired")
	racy := Evidence{Run: racing(t, func(_ bench.Arm, _ int, waits, serves float64) float64 { return 1 + waits + 2*serves })}
	plan := bench.Plan{Rounds: 8, Order: []bench.Arm{bench.Base}, Benchmarks: paired.Run.Header.Plan.Benchmarks}
	long := "[" + strings.Repeat("1, ", 99) + "1]"
	for _, tt := range []struct {
		name, text string
		evidence   Evidence
		want       string
	}{
		{"types", `benchmark.op > 5`, paired, "the rule when benchmark.op > 5 cannot be applied to requests/op of CRUD/op=create/n=1: a value is of another type than it expects; correct it, or narrow it down with benchmark and metric"},
		{"a conversion", `int(benchmark.op) == 5`, paired, "type conversion error from 'string' to 'int'"},
		{"an expression", `metric.matches(benchmark.op + "(")`, paired, "error parsing regexp"},
		{"cost", long + `.all(a, ` + long + `.all(b, a == b))`, paired, "actual cost limit exceeded"},
		{"a sweep", `name.endsWith("=*") && ` + divides, paired, "of CRUD/op=create/n=*: division by zero"},
		{"a mean", `name == "geomean" && ` + divides, paired, "of geomean: division by zero"},
		{"equal reconciles", `class == "exact" && metric == "ignored-checks/op" && ` + divides, racy, "ignored-checks/op of Graph/op=update: division by zero"},
	} {
		p := DefaultPolicy()
		p.Rules = append(p.Rules, Rule{When: condition(t, tt.text), Gate: new(bool)})
		_, err := Decide(tt.evidence, p)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", tt.name, err, tt.want)
		}
		if _, again := Decide(tt.evidence, p); fmt.Sprint(again) != fmt.Sprint(err) {
			t.Errorf("%s: error %v, and then %v", tt.name, err, again)
		}
	}
	for _, text := range []string{`benchmark.op > 5`, `name.endsWith("=*") && ` + divides} {
		p := DefaultPolicy()
		p.Rules = append(p.Rules, Rule{When: condition(t, text), Gate: new(bool)})
		if err := Feasible(plan, p); err == nil {
			t.Errorf("%s: the plan is measured", text)
		}
	}
	p := only("allocs/op")
	p.Rules[0].When = condition(t, divides)
	if _, err := Histories(ran("allocs/op", bench.Benchmark{Name: work}, []float64{1}), p); err == nil {
		t.Error("the histories do not show the error")
	}
}

// TestConditionOfRules: a rule needs its patterns and its condition to match.
func TestConditionOfRules(t *testing.T) {
	p := DefaultPolicy()
	p.Rules = append(p.Rules,
		Rule{Benchmark: "Own/*", Metric: "*-sec/op", When: condition(t, `benchmark.n >= 10`), Tolerance: pointer(0.5)},
		Rule{When: condition(t, `benchmark.op == "delete"`), Gate: new(bool), Growth: pointer(0.25)},
	)
	for _, tt := range []struct {
		name, metric string
		scale        Scale
		gated        bool
		tolerance    float64
	}{
		{"Own/n=10", "cpu-sec/op", Ratio, true, 0.5},
		{"Own/n=9", "cpu-sec/op", Ratio, true, 0.12},
		{"Other/n=10", "cpu-sec/op", Ratio, true, 0.12},
		{"Own/n=10", "allocs/op", Ratio, true, 0.01},
		{"Own/n=*", "cpu-sec/op", Difference, true, 0.01},
		{"Own/op=delete/n=10", "requests/op", Ratio, false, 0},
		{"Own/op=delete/n=*", "requests/op", Difference, false, 0.25},
		{Geomean, "cpu-sec/op", Ratio, true, 0.02},
	} {
		gated, tolerance, err := p.terms(tt.scale, bench.Plan{}, bench.Benchmark{Name: tt.name}, tt.metric)
		if err != nil || gated != tt.gated || tolerance != tt.tolerance {
			t.Errorf("%s %s: gated %v at %v, %v; want %v at %v", tt.name, tt.metric, gated, tolerance, err, tt.gated, tt.tolerance)
		}
	}
}

// TestConditionInVerdict: the policy that a verdict holds decides as the one that was given.
func TestConditionInVerdict(t *testing.T) {
	e, p := eventful(t, "paired")
	p.Rules = append(p.Rules, Rule{When: condition(t, "benchmark.n > 3 &&\n  metric == \"requests/op\""), Gate: new(bool)})
	v, err := Decide(e, p)
	if err != nil {
		t.Fatal(err)
	}
	written, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadVerdict(written, VerdictFile)
	if err != nil {
		t.Fatal(err)
	}
	if v, err = Decide(e, read.Policy); err != nil {
		t.Fatal(err)
	}
	if again, _ := v.Encode(); !bytes.Equal(written, again) {
		t.Error("the policy of the verdict decides otherwise")
	}
	gated := 0
	for _, c := range v.Comparisons {
		if c.Metric == "requests/op" && c.Scale == Ratio && c.Gated {
			gated++
		}
	}
	if gated != 3 {
		t.Errorf("requests/op is gated in %d benchmarks, want those with n up to 3", gated)
	}
	bad := bytes.Replace(written, []byte("benchmark.n"), []byte("benchmark.("), 1)
	if _, err := ReadVerdict(bad, VerdictFile); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a condition that does not compile: error %v, want one line", err)
	}
}

// FuzzCondition: any text is refused in one line, or gives the same answer every time.
func FuzzCondition(f *testing.F) {
	for _, text := range []string{
		`benchmark.op == "create" && metric.startsWith("ready-")`, `benchmark.n > 5`, `!has(benchmark.n)`, `"n" in benchmark`,
		`["a", "b"].exists(p, name.contains(p))`, `benchmark.filter(k, benchmark[k] == 10)[0] == "n"`, `metric.matches("(a+)+$")`,
		`class == "exact" ? suite == "crud" : 1 / 0 == 1`, `type(benchmark.n) == int`, `google.protobuf.Struct{fields: {"a": 1}}`,
		`b"\xff" == bytes(metric)`, "((((((", `metric == "\u0000"`, "", "\xff",
	} {
		f.Add(text, "CRUD/op=create/shape=flat/n=10", "ready-p50-sec")
	}
	f.Fuzz(func(t *testing.T, text, name, metric string) {
		c, err := NewCondition(text)
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		ask := func() string {
			held, err := c.holds(&candidate{benchmark: bench.Benchmark{Name: name, Suite: "crud"}, metric: metric, class: bench.Timing, suffixed: len(name)%2 == 0})
			return fmt.Sprint(held, err)
		}
		if first, second := ask(), ask(); first != second {
			t.Errorf("first %s, then %s", first, second)
		}
		if text, _ := c.MarshalText(); condition(t, string(text)).String() != c.String() {
			t.Error("the text of the condition is another one")
		}
	})
}
