package gobench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench"
)

// Write writes the complete sessions of an arm, or of both arms for "", in the Go benchmark
// format. Each result of a session is a line with the metrics as units. Configuration lines
// give the arm, the build and the environment, so that benchstat -col arm compares the
// arms. Unit lines say how units behave. Write leaves out sessions of phase confirm.
func Write(w io.Writer, r *bench.Record, arm bench.Arm) error {
	if err := writeUnits(w, r); err != nil {
		return err
	}
	out := benchfmt.NewWriter(w)
	for _, s := range r.Sessions {
		if arm != "" && s.Arm != arm || s.Failed != "" || s.Phase == bench.Confirm {
			continue
		}
		for _, result := range s.Results {
			line := &benchfmt.Result{Name: benchfmt.Name(benchmarkName(result.Benchmark)), Iters: max(result.Ops, 1)}
			for _, c := range configuration(r, s) {
				line.SetConfig(c.Key, string(c.Value))
			}
			for i := range line.Config {
				line.Config[i].File = true
			}
			metrics := slices.SortedFunc(maps.Keys(result.Metrics), func(a, b string) int {
				if d := bench.Rank(a) - bench.Rank(b); d != 0 {
					return d
				}
				return strings.Compare(a, b)
			})
			for _, metric := range metrics {
				line.Values = append(line.Values, benchfmt.Value{Value: result.Metrics[metric], Unit: metric})
			}
			if len(line.Values) == 0 {
				continue // the format has no line without values
			}
			if err := out.Write(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// writeUnits writes a unit line for each metric of the record.
func writeUnits(w io.Writer, r *bench.Record) error {
	units := map[string]bool{}
	for _, s := range r.Sessions {
		for _, result := range s.Results {
			for metric := range result.Metrics {
				units[metric] = true
			}
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(units)) {
		m, ok := r.Header.Plan.Metric(unit)
		if !ok {
			continue
		}
		assume := ""
		if m.Class == bench.Exact {
			assume = " assume=exact"
		}
		if _, err := fmt.Fprintf(w, "Unit %s better=%s%s\n", unit, m.Better, assume); err != nil {
			return err
		}
	}
	return nil
}

func configuration(r *bench.Record, s bench.Session) []benchfmt.Config {
	e, build := r.Header.Environment, r.Header.Builds[s.Arm]
	var list []benchfmt.Config
	for _, c := range []struct{ key, value string }{
		{"goos", e.OS}, {"goarch", e.Arch}, {"cpu", e.CPU},
		{"cluster", r.Header.Plan.Cluster}, {"profile", r.Header.Plan.Profile},
		{"arm", string(s.Arm)}, {"kro", build.Version}, {"ref", build.Ref},
	} {
		value := strings.Join(strings.Fields(c.value), " ")
		if value != "" {
			list = append(list, benchfmt.Config{Key: c.key, Value: []byte(value)})
		}
	}
	return list
}

// benchmarkName returns a name as the format requires it: without spaces. The writer adds
// the prefix.
func benchmarkName(name string) string { return strings.Join(strings.Fields(name), "_") }
