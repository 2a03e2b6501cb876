package gate

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// confounders warns of what differs between the builds besides KRO's own code.
func confounders(base, head bench.Build) (warnings []string) {
	if base.Digest != "" && base.Digest == head.Digest {
		warnings = append(warnings, "base and head are the same binary")
	}
	if base.Go != head.Go && base.Go != "" && head.Go != "" {
		warnings = append(warnings, fmt.Sprintf("base was built with %s, head with %s: the compiler may explain a difference", base.Go, head.Go))
	}
	if len(base.Modules) > 0 && len(head.Modules) > 0 {
		if diff := moduleChanges(base.Modules, head.Modules); len(diff) > 0 {
			warnings = append(warnings, "base and head have different dependencies: "+strings.Join(diff, ", "))
		}
	}
	warnings = append(warnings, dropped("base", base.Dropped, head.Dropped)...)
	return append(warnings, dropped("head", head.Dropped, base.Dropped)...)
}

// dropped warns of the flags that one build ran without and the other with.
func dropped(name string, flags, other []string) []string {
	var only []string
	for _, flag := range flags {
		if !slices.Contains(other, flag) {
			only = append(only, flag)
		}
	}
	if len(only) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s ran without %s, which it does not know: the builds were configured differently", name, strings.Join(only, ", "))}
}

// moduleChanges lists the modules whose versions differ, by path.
func moduleChanges(base, head map[string]string) []string {
	paths := maps.Clone(base)
	maps.Copy(paths, head)
	var diff []string
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		if base[path] != head[path] {
			diff = append(diff, fmt.Sprintf("%s %s -> %s", path, orNone(base[path]), orNone(head[path])))
		}
	}
	return diff
}

func orNone(version string) string {
	if version == "" {
		return "none"
	}
	return version
}
