package measure

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/strictyaml"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// reportUnknown writes which builds run without flags that the user gives KRO, because they
// do not know them. A flag that no build knows is a mistake.
func reportUnknown(builds map[bench.Arm]*kro.Build, flags []kro.Flag, log io.Writer) error {
	known := make(kro.KnownFlags)
	for _, build := range builds {
		maps.Copy(known, build.Flags)
	}
	for _, f := range flags {
		if !known[f.Name] {
			return exit.Usagef("controller: KRO does not know --%s%s", f.Name, alike(f.Name, known))
		}
		for _, arm := range bench.Arms {
			if build := builds[arm]; build != nil && !build.Flags[f.Name] {
				fmt.Fprintf(log, "%s runs without --%s, which it does not know\n", arm, f.Name)
			}
		}
	}
	return nil
}

// alike returns a remark with the most similar known name. Flags are not like feature gates.
func alike(name string, known kro.KnownFlags) string {
	word, isGate := strings.CutPrefix(name, kro.GatePrefix)
	var words []string
	for _, other := range slices.Sorted(maps.Keys(known)) {
		if other, gate := strings.CutPrefix(other, kro.GatePrefix); gate == isGate {
			words = append(words, other)
		}
	}
	return strictyaml.DidYouMean(word, words)
}
