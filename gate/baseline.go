package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// elsewhere explains why a timing of stored records does not gate, across why
// one does.
const (
	elsewhere = "measured in another run"
	across    = "measured in other runs, whose differences set the tolerance"
)

// DecideAgainst compares the head sessions of the run with the head sessions of
// stored records that had the same cluster and profile.
//
// Counts and allocations are gated as in [Decide]. Timing and memory are
// compared with records of the same environment only, and gated only when there
// are enough of them to learn from how far runs of unchanged code lie apart (see
// [past]): machines of the same kind differ from day to day by more than sessions
// do, and more sessions make the false alarms worse. What the records cannot be
// compared in is a warning; with no record left the status is [Error]. The error
// is as in Decide.
func DecideAgainst(run *bench.Record, baseline []*bench.Record, p Policy) (*Verdict, error) {
	if err := usable(run, baseline, p); err != nil {
		return nil, err
	}
	d := newDecision(run, p)
	d.base.side.Baseline = true
	d.remember(run, baseline)
	digests := map[string]bool{}
	for _, r := range d.past.runs {
		d.base.side.Build = r.head.side.Build
		digests[d.base.side.Build.Digest] = true
		d.base.extend(&r.head)
	}
	if len(digests) > 1 {
		d.warnings.add("the baseline mixes %d builds; changes between them count as its noise", len(digests))
	}
	d.head.add(run, bench.Head, false, true, &d.warnings)
	return d.verdict(run), nil
}

// sameWork returns the record without the benchmarks that ran another number of
// operations then: what an operation costs depends on how many came before.
func sameWork(r *bench.Record, plan bench.Plan, name string, warnings *warnings) *bench.Record {
	differs := map[string]bool{}
	for _, b := range plan.Benchmarks {
		if old, ok := r.Header.Plan.Benchmark(b.Name); ok && old.Ops != b.Ops {
			differs[b.Name] = true
			warnings.add("%s ran %d operations of %s where this run has %d; they are not compared", name, old.Ops, b.Name, b.Ops)
		}
	}
	sessions := slices.Clone(r.Sessions)
	for i := range sessions {
		sessions[i].Results = slices.DeleteFunc(slices.Clone(sessions[i].Results), func(result bench.Result) bool {
			return differs[result.Benchmark]
		})
	}
	return &bench.Record{Header: r.Header, Sessions: sessions}
}

func planDifferences(old, now bench.Plan) []string {
	return differences([]property{
		{"cluster", old.Cluster, now.Cluster},
		{"control-plane", string(old.ControlPlane), string(now.ControlPlane)},
		{"profile", old.Profile, now.Profile},
		{"profiles", strings.Join(old.Profiles, ","), strings.Join(now.Profiles, ",")},
	})
}

// environmentDifferences leaves out the memory's size, which the kernel reports
// differently from boot to boot.
func environmentDifferences(old, now bench.Environment) []string {
	return differences([]property{
		{"os", old.OS, now.OS},
		{"arch", old.Arch, now.Arch},
		{"cpu", old.CPU, now.CPU},
		{"cpus", old.CPUs, now.CPUs},
		{"kernel", old.Kernel, now.Kernel},
		{"image", old.Image, now.Image},
		{"go", old.Go, now.Go},
		{"kubernetes", old.Kubernetes, now.Kubernetes},
		{"node-image", old.NodeImage, now.NodeImage},
	})
}

type property struct {
	name     string
	old, now any
}

// differences lists the properties that differ, as "name was old, is now".
func differences(properties []property) []string {
	var diff []string
	for _, p := range properties {
		if p.old != p.now {
			diff = append(diff, fmt.Sprintf("%s was %v, is %v", p.name, show(p.old), show(p.now)))
		}
	}
	return diff
}

// show makes an empty text visible.
func show(v any) any {
	if v == "" {
		return "not known"
	}
	return v
}
