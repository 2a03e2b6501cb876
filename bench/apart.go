package bench

import "maps"

// Apart returns a run whose arms are the head sessions of two runs. Their
// rounds have nothing in common: see [NoTurns]. Its plan has the benchmarks of both
// runs, those of head first.
func Apart(base, head *Record) *Record {
	run := &Record{Header: head.Header}
	plan := &run.Header.Plan
	plan.Turns, plan.MaxRounds = NoTurns, 0
	plan.Benchmarks = append([]Benchmark(nil), plan.Benchmarks...)
	known := make(map[string]bool, len(plan.Benchmarks))
	for _, b := range plan.Benchmarks {
		known[b.Name] = true
	}
	for _, b := range base.Header.Plan.Benchmarks {
		if !known[b.Name] {
			plan.Benchmarks = append(plan.Benchmarks, b)
		}
	}
	if units := maps.Clone(base.Header.Plan.Units); units != nil {
		maps.Copy(units, plan.Units)
		plan.Units = units
	}
	run.Header.Builds = map[Arm]Build{Base: base.Header.Builds[Head], Head: head.Header.Builds[Head]}
	plan.Order = nil
	for _, side := range []struct {
		arm Arm
		of  *Record
	}{{Base, base}, {Head, head}} {
		for _, s := range side.of.Sessions {
			if s.Arm != Head || s.Phase == Confirm {
				continue
			}
			s.Arm, s.Phase, s.Index = side.arm, Planned, len(run.Sessions)
			run.Sessions = append(run.Sessions, s)
			plan.Order = append(plan.Order, side.arm)
		}
	}
	plan.Rounds = (len(plan.Order) + 1) / 2
	return run
}
