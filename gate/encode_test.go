package gate

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

func TestReadVerdict(t *testing.T) {
	for _, kind := range kinds {
		v, err := Decide(eventful(t, kind))
		if err != nil {
			t.Fatal(err)
		}
		written, err := v.Encode()
		if err != nil {
			t.Fatal(err)
		}
		read, err := ReadVerdict(written, VerdictFile)
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if again, _ := read.Encode(); !bytes.Equal(written, again) {
			t.Errorf("%s: the verdict that was read is not the one that was written", kind)
		}
	}
}

func TestReadVerdictRefuses(t *testing.T) {
	v, err := Decide(eventful(t, "paired"))
	if err != nil {
		t.Fatal(err)
	}
	content, err := v.Encode()
	if err != nil {
		t.Fatal(err)
	}
	good := string(content)
	for name, tt := range map[string]struct{ old, new, want string }{
		"no JSON":          {"{", "", "not a verdict of perf-gate"},
		"another version":  {"verdict/v1", "verdict/v9", `schema "perf-gate/verdict/v9" is not supported`},
		"unknown field":    {`"reason"`, `"why"`, `unknown field "why"`},
		"unknown status":   {`"verdict": "fail"`, `"verdict": "red"`, `verdict is "red": want pass, fail`},
		"unknown outcome":  {`"outcome": "regressed"`, `"outcome": "worse"`, `outcome "worse"`},
		"compared nothing": {`"base": 7,`, `"base": null,`, "comparisons[0] (CRUD/op=create/n=1 requests/op): base or head has no value"},
		"half a ratio":     {`"ci": [`, `"ci": null, "x": [`, `unknown field "comparisons[`},
		"a finding beyond": {`"worst": 0`, `"worst": 999`, "worst is 999"},
		"a bad policy":     {`"alpha": 0.05,` + "\n" + `    "means-share"`, `"alpha": 7,` + "\n" + `    "means-share"`, "alpha is 7"},
		"cut off":          {good[len(good)/2:], "", "verdict.json: "},
	} {
		bad := strings.Replace(good, tt.old, tt.new, 1)
		if bad == good {
			t.Errorf("%s: nothing was changed", name)
		}
		_, err := ReadVerdict([]byte(bad), VerdictFile)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, tt.want)
		}
	}
}

// TestCheckRun compares a verdict with runs that it is not on.
func TestCheckRun(t *testing.T) {
	e, p := eventful(t, "confirmed not")
	v, err := Decide(e, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.CheckRun(e.Run); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		change func(r *bench.Record)
		want   string
	}{
		"another build": {func(r *bench.Record) {
			r.Header.Builds = map[bench.Arm]bench.Build{bench.Base: {Digest: "1"}, bench.Head: {Digest: "other"}}
		}, "another build as head"},
		"another value": {func(r *bench.Record) {
			s := r.Sessions[len(r.Sessions)/3]
			s.Results = slices.Clone(s.Results)
			s.Results[0].Metrics = map[string]float64{"requests/op": 8}
			r.Sessions[len(r.Sessions)/3] = s
		}, "other values of CRUD/op=create/n=1 requests/op in head"},
		"a session more":   {func(r *bench.Record) { s := r.Sessions[0]; s.Index = 99; r.Sessions = append(r.Sessions, s) }, "sessions"},
		"a session failed": {func(r *bench.Record) { r.Sessions[0].Failed = "killed" }, "1 failed"},
		"measured once more": {func(r *bench.Record) {
			s := r.Sessions[len(r.Sessions)-1]
			s.Index = 99
			r.Sessions = append(r.Sessions, s)
		}, "confirming"},
	} {
		r := &bench.Record{Header: e.Run.Header, Sessions: slices.Clone(e.Run.Sessions)}
		tt.change(r)
		if err := v.CheckRun(r); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", name, err, tt.want)
		}
	}
}

func FuzzReadVerdict(f *testing.F) {
	f.Add([]byte(`{"schema":"perf-gate/verdict/v1","verdict":"pass","comparisons":[{"outcome":"not-comparable","course":[{"step":"missing","outcome":"not-comparable"}]}]}`))
	f.Add([]byte(`{"schema":"perf-gate/verdict/v1","verdict":"error","policy":{"alpha":0.05,"confidence":0.95,"tolerance":{"exact":0,"steady":0.01,"timing":0.1,"memory":0.1}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := ReadVerdict(data, VerdictFile)
		if err != nil {
			return
		}
		v.Regressions()
		v.Suspects()
		v.Worst()
		if _, err := v.Encode(); err != nil {
			t.Errorf("%s was read and cannot be written: %v", data, err)
		}
	})
}
