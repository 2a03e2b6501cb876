package runner

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/builtin"
	"github.com/kro/perf-gate/bench/workload/directory"
)

// Suites lists all suites.
func Suites() []string { return append(slices.Clone(builtin.Suites), bench.GoSuite, bench.MicroSuite) }

// addSuites adds built-in suites to a plan, and what it leaves out of them.
func addSuites(plan *bench.Plan, r Request) error {
	for _, name := range r.Suites {
		if !slices.Contains(builtin.Suites, name) {
			return fmt.Errorf("unknown suite %q: use one of %s", name, strings.Join(Suites(), ", "))
		}
	}
	suites := r.Suites
	if len(r.Suites)+len(r.Workloads) == 0 {
		suites = builtin.Suites
	}
	var all, have []string // families of benchmarks, in any profile and in this plan
	for _, w := range builtin.Workloads(suites) {
		in := measuring(w, plan)
		if len(r.Suites) > 0 && len(in) == 0 {
			return fmt.Errorf("the suite %s measures nothing in the profile %s on the cluster %s; use %s", w.Suite, plan.Profile, plan.Cluster, instead(w))
		}
		if len(in) > 0 {
			plan.Suites = append(plan.Suites, w.Suite)
		}
		for _, profile := range workload.Profiles {
			all = append(all, families(w.Scenarios(profile))...)
		}
		have = append(have, families(in)...)
	}
	plan.LeftOut = missing(all, have)
	return nil
}

// instead says with which profile, and where, a built-in workload measures something.
func instead(w *workload.Workload) string {
	var profiles []string
	where := ""
	for _, profile := range workload.Profiles {
		list := w.Scenarios(profile)
		if len(list) == 0 {
			continue
		}
		profiles = append(profiles, string(profile))
		if list[0].Restarts() {
			where = " on the cluster simulation or local"
		}
	}
	return "--profile " + strings.Join(profiles, " or ") + where
}

// families returns the parts of the benchmarks' names that do not depend on their sizes.
func families(list []workload.Scenario) (names []string) {
	for _, s := range list {
		for _, b := range s.Benchmarks {
			names = append(names, b.Family())
		}
	}
	return names
}

// missing returns the families of all that some does not have. A suite of which it has none
// is one family.
func missing(all, some []string) (list []string) {
	suite := func(family string) string { name, _, _ := strings.Cut(family, "/"); return name }
	for _, family := range all {
		if slices.Contains(some, family) {
			continue
		}
		if !slices.ContainsFunc(some, func(other string) bool { return suite(other) == suite(family) }) {
			family = suite(family)
		}
		if !slices.Contains(list, family) {
			list = append(list, family)
		}
	}
	return list
}

// measuring returns the scenarios of a workload that a plan can run.
func measuring(w *workload.Workload, p *bench.Plan) (list []workload.Scenario) {
	for _, s := range w.Scenarios(workload.Profile(p.Profile)) {
		if len(s.Benchmarks) > 0 && (!s.Restarts() || restarts[p.Cluster]) {
			list = append(list, s)
		}
	}
	return list
}

// restarts are the clusters whose controller is a process, which can be restarted.
var restarts = map[string]bool{"simulation": true, "local": true}

// addWorkloads adds the user's workloads to a plan. Their suites are their own.
func addWorkloads(plan *bench.Plan, workloads []*directory.Directory) error {
	for _, w := range workloads {
		own := w.Plan()
		if slices.Contains(builtin.Suites, own.Suite) {
			return fmt.Errorf("the workload %s has the suite %s, which is built in; rename the directory, or set another suite in its %s", own.Dir, own.Suite, workload.File)
		}
		if other := plan.WorkloadOf(own.Suite); other.Suite != "" {
			return fmt.Errorf("the workloads %s and %s have the suite %s; rename one directory, or set another suite in its %s", other.Dir, own.Dir, own.Suite, workload.File)
		}
		all := w.Scenarios(workload.Profile(plan.Profile))
		switch {
		case len(measuring(w.Workload, plan)) > 0:
		case len(all) > 0 && all[0].Restarts():
			return fmt.Errorf("the workload %s restarts KRO, and on the cluster %s gate cannot; use the cluster simulation or local", own.Dir, plan.Cluster)
		default:
			return fmt.Errorf("the workload %s measures nothing in the profile %s; give it a size under sizes, in its %s", own.Dir, plan.Profile, workload.File)
		}
		plan.Workloads, plan.Suites = append(plan.Workloads, own), append(plan.Suites, own.Suite)
	}
	return nil
}

// disjoint checks that no two scenarios have a benchmark of one name, or create one object.
// All are prepared at once.
func disjoint(list []workload.Scenario) error {
	benchmarks, objects := map[string]bool{}, map[string]string{}
	for _, s := range list {
		for _, b := range s.Benchmarks {
			if benchmarks[b.Name] {
				return fmt.Errorf("two benchmarks are called %s; set another name, or list a variable of the size under params, in the %s of the suite %s", b.Name, workload.File, s.Suite)
			}
			benchmarks[b.Name] = true
		}
		created, err := s.Created()
		if err != nil {
			return err
		}
		for _, object := range created {
			if other, twice := objects[object]; twice {
				return fmt.Errorf("%s is created twice, by the suites %s and %s; put a variable of the size, or another word, into its name and its kind", object, other, s.Suite)
			}
			objects[object] = s.Suite
		}
	}
	return nil
}

// scenarios returns the scenarios that a session of the plan runs. The user's workloads are
// those that the plan names.
func scenarios(p bench.Plan, own []*directory.Directory) []workload.Scenario {
	all := builtin.Workloads(p.Suites)
	for _, d := range own {
		all = append(all, d.Workload)
	}
	var list []workload.Scenario
	for _, w := range all {
		list = append(list, measuring(w, &p)...)
	}
	if p.Benchmarks != nil { // some may have been left out
		list = slices.DeleteFunc(list, func(s workload.Scenario) bool {
			return !slices.ContainsFunc(p.Benchmarks, func(b bench.Benchmark) bool { return b.Name == s.Key() })
		})
	}
	// What restarts KRO comes last: pprof profiles are those of one process.
	plain, restarting := partition(list)
	return append(plain, restarting...)
}

// partition returns the scenarios that leave KRO running, and those that restart it.
func partition(list []workload.Scenario) (plain, restarting []workload.Scenario) {
	for _, s := range list {
		if s.Restarts() {
			restarting = append(restarting, s)
		} else {
			plain = append(plain, s)
		}
	}
	return plain, restarting
}
