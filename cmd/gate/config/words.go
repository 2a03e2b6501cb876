package config

import (
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
	"github.com/kro/perf-gate/bench/runner"
	"github.com/kro/perf-gate/bench/suite"
	"github.com/kro/perf-gate/cmd/gate/clusters"
)

// words holds the lists that enum tags name. Each comes from the table that defines
// its words.
var words = map[string][]string{
	"clusters":       slices.Concat([]string{clusters.Auto}, clusters.Names()),
	"control-planes": text(bench.PerSession, bench.PerArm, bench.Shared),
	"turns":          {string(bench.ByBlock), string(bench.BySession)},
	"suites":         runner.SuiteNames(),
	"profiles":       text(suite.Profiles...),
	"pprof":          text(pprof.Kinds[:]...),
}

// Words returns the accepted words of the list that an enum tag names.
func Words(list string) []string { return words[list] }

// text converts words to strings.
func text[T ~string](words ...T) []string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = string(word)
	}
	return list
}
