package config

import (
	"reflect"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/cmd/gate/clusters"
)

// words holds the lists that enum tags name. Each comes from the table that defines
// its words.
var words = map[string][]string{
	"clusters":       slices.Concat([]string{clusters.Auto}, clusters.Names()),
	"control-planes": text(bench.PerSession, bench.PerArm, bench.Shared),
	"turns":          {string(bench.ByBlock), string(bench.BySession)},
	"suites":         runner.Suites(),
	"arms":           {string(bench.Base), string(bench.Head)},
	"profiles":       text(workload.Profiles...),
	"pprof":          text(pprof.Kinds[:]...),
}

// Words returns the accepted words of the list that an enum tag names.
func Words(list string) []string { return words[list] }

// decoder returns the decoder of a file called name.
func decoder(name string, valid func() error) *strictyaml.Decoder {
	return &strictyaml.Decoder{Name: name, Words: words, MapKeys: keys, Valid: valid}
}

// keys lists the keys of a map, which are classes or metrics. Feature gates have any.
func keys(t reflect.Type) []string {
	switch t {
	case reflect.TypeFor[map[bench.Class]float64]():
		return text(bench.Classes()...)
	case reflect.TypeFor[map[string]bool]():
		return nil
	}
	var names []string
	for _, m := range bench.Metrics() {
		names = append(names, m.Name)
	}
	return names
}

// text converts words to strings.
func text[T ~string](words ...T) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return list
}
