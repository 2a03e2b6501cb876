package gate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// elsewhere explains why a timing of stored records does not gate.
const elsewhere = "measured in another run"

// DecideAgainst compares the head sessions of the run with the head sessions of
// stored records that had the same cluster and profile.
//
// Counts and allocations are gated as in [Decide]. Timing and memory inform
// only, and only from records of the same environment: machines of the same
// kind differ from day to day by more than sessions do, and more sessions make
// the false alarms worse. What the records cannot be compared in is a warning;
// with no record left the status is [Error]. The error is as in Decide.
func DecideAgainst(run *bench.Record, baseline []*bench.Record, p Policy) (*Verdict, error) {
	if err := usable(run, p); err != nil {
		return nil, err
	}
	if i := slices.Index(baseline, nil); i >= 0 {
		return nil, fmt.Errorf("baseline record %d is missing", i)
	}
	d := newDecision(run, p)
	d.base.side.Baseline = true

	// The newest build describes the side; sorting keeps the verdict
	// independent of the order in which a store lists its records.
	records := slices.Clone(baseline)
	slices.SortStableFunc(records, func(a, b *bench.Record) int { return a.Header.Created.Compare(b.Header.Created) })
	digests := map[string]bool{}
	for _, r := range records {
		name := "the record of " + r.Header.Created.UTC().Format("2006-01-02 15:04:05")
		if diff := planDifferences(r.Header.Plan, d.plan); len(diff) > 0 {
			d.warnings.add("%s is passed over: %s", name, strings.Join(diff, ", "))
			continue
		}
		diff := environmentDifferences(r.Header.Environment, run.Header.Environment)
		if len(diff) > 0 {
			d.warnings.add("%s is of another environment, so its timing and memory are passed over: %s", name, strings.Join(diff, ", "))
		}
		if r.Header.Tool != run.Header.Tool {
			d.warnings.add("%s was measured by perf-gate %v, this run by %v", name, show(r.Header.Tool), show(run.Header.Tool))
		}
		d.base.side.Build = r.Header.Builds[bench.Head]
		digests[d.base.side.Build.Digest] = true
		d.base.add(sameWork(r, d.plan, name, &d.warnings), bench.Head, len(diff) == 0, &d.warnings)
	}
	if len(digests) > 1 {
		d.warnings.add("the baseline mixes %d builds; changes between them count as its noise", len(digests))
	}
	d.head.add(run, bench.Head, true, &d.warnings)
	return d.verdict(), nil
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
