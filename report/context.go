package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A pair is a name and its value.
type pair struct{ Key, Value string }

// A buildRow is one property of both builds.
type buildRow struct {
	Key, Base, Head string
	Differs         bool // may cause a difference that the code does not
}

// machine lists the properties of the machine and the cluster.
func machine(e bench.Environment) []pair {
	var list []pair
	add := func(key, value string) {
		if value != "" {
			list = append(list, pair{key, value})
		}
	}
	add("system", strings.Trim(e.OS+"/"+e.Arch, "/"))
	add("processor", e.CPU)
	if e.CPUs > 0 {
		add("logical CPUs", fmt.Sprint(e.CPUs))
	}
	if e.MemoryB > 0 {
		add("memory", amount("B", float64(e.MemoryB)))
	}
	add("kernel", e.Kernel)
	add("runner image", e.Image)
	add("perf-gate built with", e.Go)
	add("Kubernetes", e.Kubernetes)
	add("node image", e.NodeImage)
	return list
}

// environment lists where and when the run took place, and its cost.
func environment(r *bench.Record) []pair {
	list := machine(r.Header.Environment)
	add := func(key, value string) {
		if value != "" {
			list = append(list, pair{key, value})
		}
	}
	add("perf-gate", r.Header.Tool)
	if !r.Header.Created.IsZero() {
		add("started", r.Header.Created.UTC().Format("2006-01-02 15:04:05 UTC"))
	}
	seconds, cost := r.Header.Plan.Seconds(r.Sessions), map[string]float64{}
	for _, s := range r.Sessions {
		for process, c := range s.Cost {
			cost[process] += c.CPUSeconds
		}
	}
	if seconds > 0 {
		add("measured for", amount("s", seconds))
	}
	var spent []string
	for _, process := range slices.Sorted(maps.Keys(cost)) {
		spent = append(spent, process+" "+amount("s", cost[process]))
	}
	add("CPU time spent", strings.Join(spent, ", "))
	return list
}

// builds lists the properties of the two builds side by side.
func builds(v *gate.Verdict) []buildRow {
	b, h := v.Base.Build, v.Head.Build
	var rows []buildRow
	add := func(key, base, head string, confounds bool) {
		if base == "" && head == "" {
			return
		}
		rows = append(rows, buildRow{key, orMissing(base), orMissing(head), confounds && base != head})
	}
	add("given as", b.Ref, h.Ref, false)
	add("version", b.Version, h.Version, false)
	add("kind", b.Kind, h.Kind, true)
	add("sha256", shortDigest(b.Digest), shortDigest(h.Digest), false)
	add("Go", b.Go, h.Go, true)
	modules := maps.Clone(b.Modules)
	if modules == nil {
		modules = map[string]string{}
	}
	maps.Copy(modules, h.Modules)
	for _, path := range slices.Sorted(maps.Keys(modules)) {
		add(path, b.Modules[path], h.Modules[path], true)
	}
	add("arguments", strings.Join(b.Args, " "), strings.Join(h.Args, " "), true)
	add("environment variables", strings.Join(b.Env, " "), strings.Join(h.Env, " "), true)
	add("unsupported flags", strings.Join(b.Dropped, " "), strings.Join(h.Dropped, " "), true)
	return rows
}

func orMissing(s string) string {
	if s == "" {
		return missing
	}
	return s
}

// commands returns the command lines that measure and decide the same again. It
// returns none if the arms were measured in separate runs.
func commands(v *gate.Verdict, r *bench.Record) []string {
	plan := r.Header.Plan
	if plan.Turns == bench.NoTurns {
		return nil
	}
	measure := "gate benchmark"
	add := func(flag, value string) {
		if value != "" {
			measure += " " + flag + " " + quote(value)
		}
	}
	add("--cluster", plan.Cluster)
	if !v.Base.Baseline {
		add("--base", v.Base.Build.Ref)
	}
	add("--head", v.Head.Build.Ref)
	builtIn := slices.DeleteFunc(slices.Clone(plan.Suites), func(suite string) bool { return plan.WorkloadOf(suite).Suite != "" })
	add("--suite", strings.Join(builtIn, ","))
	for _, w := range plan.Workloads {
		add("--workload", w.Dir)
	}
	add("--profile", plan.Profile)
	if plan.Rounds > 0 {
		add("--sessions", fmt.Sprint(plan.Rounds))
	}
	for _, arg := range plan.ControllerArgs {
		add("--controller-arg", arg)
	}
	add("--turns", string(plan.Turns))
	add("--seed", fmt.Sprint(plan.Seed))
	add("--out", "results/again")
	return []string{measure, "gate analyze results/again"}
}

// quote makes s one word of a POSIX shell. It drops control characters: they
// cannot occur in a reference and would hide what the command does.
func quote(s string) string {
	s = plain(s)
	safe := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("._/:@=,+-", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
