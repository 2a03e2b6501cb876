package bench_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/kro/perf-gate/bench"
)

const (
	schemaFile  = "../docs/record.schema.json"
	recordDoc   = "../docs/record.md"
	metricsFile = "../docs/metrics.md"
)

var rewrite = flag.Bool("update", false, "rewrite the generated documentation")

func compileSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func validate(t *testing.T, schema *jsonschema.Schema, line []byte) error {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

func TestDocsSchemaAcceptsWrittenRecords(t *testing.T) {
	schema := compileSchema(t)
	bare := sampleHeader()
	bare.Plan.Suites, bare.Environment, bare.Builds = nil, bench.Environment{}, nil
	failed := bench.Session{Index: 1, Arm: bench.Head, Started: created, Failed: "the controller died"}
	withoutMetrics := bench.Session{Index: 2, Arm: bench.Head, Started: created, Results: []bench.Result{
		{Benchmark: noop, Ops: 1, Errors: 1, Samples: map[string][]float64{bench.ReadySamples: nil}},
	}}
	for name, path := range map[string]string{
		"full": writeRecord(t, sampleHeader(), sampleSession(0, bench.Base), sampleSession(1, bench.Head)),
		"bare": writeRecord(t, bare, failed, withoutMetrics),
	} {
		written, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := bench.ReadFile(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for line := range bytes.Lines(written) {
			if err := validate(t, schema, line); err != nil {
				t.Errorf("%s: %s: %v", name, line, err)
			}
		}
	}
}

// Each mutation is refused by the schema and by Read alike.
func TestDocsSchemaRefusesWhatReadRefuses(t *testing.T) {
	schema := compileSchema(t)
	var good bytes.Buffer
	err := bench.Encode(&good, &bench.Record{Header: sampleHeader(), Sessions: []bench.Session{sampleSession(0, bench.Base)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, mutation := range []struct{ old, new string }{
		{"record/v4", "record/v5"},
		{`"profile"`, `"profil"`},
		{`"order":["base"`, `"order":["tail"`},
		{`"builds":{"base"`, `"builds":{"tail"`},
		{`"suite":"mine"`, `"suite":""`},
		{`"digest":"1f"`, `"digest":""`},
		{`"cpus":2`, `"cpus":-2`},
		{`"created":"2026`, `"created":"20x6`},
		{`"pprof"`, `"profiles"`},
		{`"value":0.1`, `"value":-0.1`},
		{`"flag":"workers"`, `"flag":"work ers"`},
		{`"index":0`, `"index":"0"`},
		{`"index":0`, `"index":0.5`},
		{`"arm":"base"`, `"arm":"tail"`},
		{`"ops":10,"errors"`, `"ops":-10,"errors"`},
		{`"requests/op":9`, `"requests/op":null`},
		{`"requests/op":9`, `"requests/op":"9"`},
		{`"messages"`, `"Messages"`},
		{`"by":"alice"`, `"by":""`},
		{`"reason":"it does more"`, `"reason":"it does\nmore"`},
		{`"cpu-sec":1.5`, `"cpu-sec":-1.5`},
	} {
		mutated := strings.Replace(good.String(), mutation.old, mutation.new, 1)
		if mutated == good.String() {
			t.Fatalf("the record has no %s", mutation.old)
		}
		if _, err := bench.Read(strings.NewReader(mutated), bench.RecordFile); err == nil {
			t.Errorf("Read accepts %s", mutation.new)
		}
		var refused bool
		for line := range bytes.Lines([]byte(mutated)) {
			refused = refused || validate(t, schema, line) != nil
		}
		if !refused {
			t.Errorf("the schema accepts %s", mutation.new)
		}
	}
}

// structs are the types that a record is made of, by their names in the schema.
var structs = map[string]reflect.Type{
	"Header": reflect.TypeFor[bench.Header](), "Plan": reflect.TypeFor[bench.Plan](),
	"Benchmark": reflect.TypeFor[bench.Benchmark](), "Environment": reflect.TypeFor[bench.Environment](),
	"Build": reflect.TypeFor[bench.Build](), "Settings": reflect.TypeFor[bench.Settings](),
	"Setting": reflect.TypeFor[bench.Setting](), "Session": reflect.TypeFor[bench.Session](),
	"Cost": reflect.TypeFor[bench.Cost](), "Timeline": reflect.TypeFor[bench.Timeline](),
	"Result": reflect.TypeFor[bench.Result](), "Unit": reflect.TypeFor[bench.Unit](),
	"Workload": reflect.TypeFor[bench.Workload](), "Acceptance": reflect.TypeFor[bench.Acceptance](),
}

// fields returns the JSON names of a struct's fields, and those always written.
func fields(t reflect.Type) (all, required []string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		all = append(all, name)
		if options == "" { // else omitempty or omitzero
			required = append(required, name)
		}
	}
	return all, required
}

func TestDocsSchemaHasTheFieldsOfTheTypes(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]struct {
			Properties map[string]any `json:"properties"`
			Required   []string       `json:"required"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for name, typ := range structs {
		all, required := fields(typ)
		slices.Sort(all)
		if diff := cmp.Diff(all, slices.Sorted(maps.Keys(schema.Defs[name].Properties))); diff != "" {
			t.Errorf("%s: properties (-Go +schema):\n%s", name, diff)
		}
		if diff := cmp.Diff(required, schema.Defs[name].Required); diff != "" {
			t.Errorf("%s: required (-Go +schema):\n%s", name, diff)
		}
		// This test would not check a struct that is not listed.
		for f := range typ.Fields() {
			inner := f.Type
			for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Map {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && inner.PkgPath() == typ.PkgPath() && structs[inner.Name()] != inner {
				t.Errorf("%s.%s: the schema lacks %s", name, f.Name, inner.Name())
			}
		}
	}
}

// The tables of docs/record.md name every field, and no other.
func TestDocsRecordNamesEveryField(t *testing.T) {
	page, err := os.ReadFile(recordDoc)
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]bool{}
	row := regexp.MustCompile("(?m)^\\| (`[^|]*`) \\|")
	name := regexp.MustCompile("([a-zA-Z-]+)(?:\\[\\])?`")
	for _, cells := range row.FindAllSubmatch(page, -1) {
		for _, field := range name.FindAllSubmatch(cells[1], -1) {
			documented[string(field[1])] = true
		}
	}
	// Written as the first part of what they hold, not in rows of their own.
	containers := []string{"plan", "settings", "units", "control", "environment", "builds", "order", "benchmarks", "results", "cost", "usage"}
	want := map[string]bool{"base": true, "head": true}
	for _, typ := range structs {
		all, _ := fields(typ)
		for _, f := range all {
			want[f] = true
		}
	}
	for _, c := range containers {
		delete(want, c)
		delete(documented, c)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(documented))); diff != "" {
		t.Errorf("fields (-types +docs/record.md):\n%s", diff)
	}
}

// The examples in docs/record.md make a record.
func TestDocsRecordExample(t *testing.T) {
	page, err := os.ReadFile(recordDoc)
	if err != nil {
		t.Fatal(err)
	}
	var record bytes.Buffer
	schema := compileSchema(t)
	for _, block := range regexp.MustCompile("(?s)```json\n(.*?)```").FindAllSubmatch(page, -1) {
		if err := validate(t, schema, block[1]); err != nil {
			t.Error(err)
		}
		if err := json.Compact(&record, block[1]); err != nil {
			t.Fatal(err)
		}
		record.WriteByte('\n')
	}
	if rec, err := bench.Read(&record, bench.RecordFile); err != nil || len(rec.Sessions) != 1 {
		t.Errorf("the examples hold %v, %v; want a header and a session", rec, err)
	}
}

func TestDocsMetrics(t *testing.T) {
	want := metricsPage()
	if *rewrite {
		if err := os.WriteFile(metricsFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(metricsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s differs from the catalogue; `go test ./bench -run Docs -update` rewrites it (-want +got):\n%s", metricsFile, diff)
	}
}

// A row without a group would be listed under none of the report's findings.
func TestEveryMetricHasAGroup(t *testing.T) {
	for _, m := range bench.Metrics() {
		if !slices.Contains(bench.Groups(), m.Group) {
			t.Errorf("%s is of group %q: want one of %v", m.Name, m.Group, bench.Groups())
		}
	}
}

func metricsPage() string {
	var page strings.Builder
	page.WriteString(`# Metrics

<!-- Generated from bench.Metrics; go test ./bench -run Docs -update rewrites it. -->

A benchmark gives one value per metric and session. A figure per operation (` + "`/op`" + `) is the figure of the whole benchmark divided by its number of operations.
A metric that a KRO version does not expose is absent, never zero.

The class says how a metric behaves and how it is compared:

- **exact**: a count that does not depend on the machine; any difference is real. Where operations overlap, counts per operation depend on timing and are compared as timings.
- **steady**: varies by fractions of a percent.
- **racy**: a count, or allocations, of work in which KRO's timers race with its watches or operations with each other; varies by several percent from session to session, whatever the machine. Many counts are exact at equal numbers of reconciles, and are [compared as such](decision.md).
- **timing**: depends on the machine and on what else it does.
- **memory**: depends on when the garbage collector last ran.

The report shows all regressions in one group as one finding.

| metric | unit | class | better | group | meaning |
|---|---|---|---|---|---|
`)
	row := func(name string, m bench.Metric) {
		fmt.Fprintf(&page, "| `%s` | %s | %s | %s | %s | %s |\n", name, m.Unit, m.Class, m.Better, m.Group, m.Help)
	}
	for _, m := range bench.Metrics() {
		row(m.Name, m)
	}
	for _, f := range bench.Families() {
		row(f.Name+f.Parts+"/op", f.Metric)
	}
	page.WriteString("\nThe unit 1 is a plain count, or a share for `errors/op`.\n" + outcomes)
	return page.String()
}

// outcomes describes what ends an operation, and what was seen of that in KRO's versions.
const outcomes = `
## Outcomes

A latency is the time from the request that begins an operation to the receipt of the
watch event that shows its outcome:

| operation | outcome |
|---|---|
| create or update an instance | its state is ACTIVE, its conditions are those of its current generation, and its status shows the new value of its last resource |
| delete an instance or an RGD | it is gone |
| create an RGD | its state is Active |
| update an RGD | its state is Active, its conditions are those of its current generation, and its new revision is issued |

This is the same moment in all versions of KRO: the end of the reconcile in which the last
resource got its value. It was checked with all events of instances, ConfigMaps and RGDs
of v0.9.0, v0.9.3, v0.9.4 and main (v0.9.5-0.20260906105824-d2171fc8c9e2), in simulation, in
42 creates and 30 updates of instances of each version:

- No instance was done before all its resources had the new value, and none was gone before
  them.
- v0.9.0 to v0.9.4 write state, value and conditions in one update at the end of the
  reconcile. The condition Ready is still False in it, and becomes True in a later
  reconcile, which is not part of the latency.
- main writes the value first, and state and conditions with Ready True at the end of the
  reconcile. During an update the state is still ACTIVE from before, so the conditions tell
  the end: it came at a median of 25 ms after the request with two chained resources, and
  the value at 17 ms.
- RGDs behave alike in all of them: their state, or the conditions after an update, come
  last, together with Ready True.
`
