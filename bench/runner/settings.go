package runner

import (
	"fmt"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/directory"
)

// requeues is the delay of KRO's own timers in each profile. Settling always waits for
// them, so they are short in the profiles whose reconciles are short.
var requeues = map[workload.Profile]time.Duration{
	workload.Quick:    100 * time.Millisecond,
	workload.Standard: 100 * time.Millisecond,
	workload.Full:     500 * time.Millisecond,
}

// Settings returns the settings with which KRO is started for a plan.
func Settings(p bench.Plan) (kro.Settings, error) {
	settings := kro.DefaultSettings
	settings.Requeue = requeues[workload.Profile(p.Profile)]
	var err error
	settings.Extra, err = kro.ParseFlags(p.ControllerArgs)
	return settings, err
}

// settingsFor returns those for a workload of the plan that may have some of its own.
func settingsFor(p bench.Plan, own *workload.Controller) (kro.Settings, error) {
	settings, err := Settings(p)
	if err != nil || own == nil {
		return settings, err
	}
	flags, err := ownFlags(own)
	if err != nil {
		return settings, err
	}
	settings.Extra = append(settings.Extra, flags...)
	return settings.Without(own.Defaults)
}

// ownFlags returns the flags and feature gates of a workload.
func ownFlags(own *workload.Controller) ([]kro.Flag, error) {
	return kro.ParseFlags(kro.WithGates(own.Args, own.FeatureGates))
}

// configured returns the builds as they are started for a workload.
func (r *Runner) configured(p bench.Plan, own *workload.Controller) (map[bench.Arm]*kro.Build, error) {
	settings, err := settingsFor(p, own)
	if err != nil {
		return nil, err
	}
	builds := make(map[bench.Arm]*kro.Build, len(r.Builds))
	for arm, build := range r.Builds {
		if builds[arm], err = build.With(settings); err != nil {
			return nil, err
		}
	}
	return builds, nil
}

// Fit returns the plan without the workloads for which a build would need flags or feature
// gates that it does not know, and a sentence on each of them.
func Fit(p bench.Plan, workloads []*directory.Directory, builds map[bench.Arm]*kro.Build) (fitting bench.Plan, left []string) {
	for _, s := range scenarios(p, workloads) {
		if s.Controller == nil {
			continue
		}
		flags, _ := ownFlags(s.Controller) // was read before
		for _, arm := range bench.Arms {
			build := builds[arm]
			if build == nil {
				continue
			}
			if _, unknown := build.Flags.Fit(flags); len(unknown) > 0 {
				left = append(left, fmt.Sprintf("the suite %s is left out: %s does not know --%s", s.Suite, arm, unknown[0]))
				p = without(p, s)
				break
			}
		}
	}
	return p, left
}

// without returns the plan without a scenario.
func without(p bench.Plan, s workload.Scenario) bench.Plan {
	p.Benchmarks = slices.DeleteFunc(slices.Clone(p.Benchmarks), func(b bench.Benchmark) bool {
		return slices.ContainsFunc(s.Benchmarks, func(other workload.Benchmark) bool { return other.Name == b.Name })
	})
	if !slices.ContainsFunc(p.Benchmarks, func(b bench.Benchmark) bool { return b.Suite == s.Suite }) {
		p.Suites = slices.DeleteFunc(slices.Clone(p.Suites), func(suite string) bool { return suite == s.Suite })
	}
	var have []string
	for _, b := range p.Benchmarks {
		have = append(have, b.Family())
	}
	p.LeftOut = slices.Concat(p.LeftOut, missing(families([]workload.Scenario{s}), have))
	return p
}
