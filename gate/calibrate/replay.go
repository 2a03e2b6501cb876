package calibrate

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// Replay tries a policy on every pair of runs of unchanged code, in both orders:
// one run is base, the other is head, and all others are history. It uses the
// first o.Sessions head sessions of each run. It needs at least two runs, of the
// same benchmarks.
func Replay(runs []*bench.Record, o Options) (*Result, error) {
	if len(runs) < 2 {
		return nil, fmt.Errorf("cannot replay %d run: use at least two runs of unchanged code", len(runs))
	}
	var pairs [][2]int
	for i := range runs {
		for j := range runs {
			if i != j && (!o.Forward || i < j && j > gate.MinHistory) && !slices.Contains(o.Moved, j) {
				pairs = append(pairs, [2]int{i, j})
			}
		}
	}
	if o.Trials > 0 && o.Trials < len(pairs) {
		random(o.Seed, 0).Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		pairs = pairs[:o.Trials]
	}
	first := make([]*bench.Record, len(runs))
	for i, r := range runs {
		first[i] = sessions(r, o.Sessions)
		if n := count(first[i]); n < o.Sessions || n == 0 {
			return nil, fmt.Errorf("run %d has %d complete head sessions, too few for %d per arm", i+1, n, max(1, o.Sessions))
		}
	}
	if o.Sessions == 0 {
		o.Sessions = count(first[0])
	}
	var trials []trial
	for number, pair := range pairs {
		base, head := pair[0], pair[1]
		var history []*bench.Record
		for i, r := range first {
			if i != base && i != head && !o.Alone && (!o.Forward || i < head) {
				history = append(history, r)
			}
		}
		trials = append(trials, trial{bench.Apart(first[base], first[head]), history, number, random(o.Seed, number).Uint64()})
	}
	return try(trials, o)
}

// sessions returns the record with its first n complete planned head sessions, or
// the repetitions of its first n processes. For n = 0 it keeps all of them.
func sessions(r *bench.Record, n int) *bench.Record {
	out := &bench.Record{Header: r.Header}
	for _, s := range r.Sessions {
		if s.Arm != bench.Head || s.Failed != "" || s.Phase == bench.Confirm {
			continue
		}
		switch {
		case n == 0:
		case r.Header.Plan.Repetitions:
			s = firstProcesses(s, n)
		case len(out.Sessions) == n:
			return out
		}
		out.Sessions = append(out.Sessions, s)
	}
	return out
}

// count returns the number of sessions, or processes, in the record.
func count(r *bench.Record) int {
	if !r.Header.Plan.Repetitions {
		return len(r.Sessions)
	}
	n := 0
	for _, s := range r.Sessions {
		n += s.Processes()
	}
	return n
}

// firstProcesses returns the session with the repetitions of its first n processes.
func firstProcesses(s bench.Session, n int) bench.Session {
	s.Results = slices.Clone(s.Results)
	for i, result := range s.Results {
		samples, processes := maps.Clone(result.Samples), maps.Clone(result.Processes)
		for metric, of := range processes {
			end, _ := slices.BinarySearch(of, n)
			samples[metric], processes[metric] = samples[metric][:end], of[:end]
		}
		s.Results[i].Samples, s.Results[i].Processes = samples, processes
	}
	return s
}
