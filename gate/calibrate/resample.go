package calibrate

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// defaultTrials is the default number of trials.
const defaultTrials = 100

// Resample tries a policy on rounds that it draws from runs that measured the same
// arms side by side, o.Sessions rounds per trial. If both arms are the same build, the
// two sessions of a round are equivalent, so Resample also draws which of them is base.
// If they are different builds, it keeps the arms. Then Red and Suites count how often
// the change is found, and not false alarms.
//
// The trials share rounds, so the results describe these runs. They vary from run to
// run by more than those of independent trials would. Nothing that regressed is measured
// again, so a trial is red more often than a run.
func Resample(runs []*bench.Record, o Options) (*Result, error) {
	if len(runs) == 0 {
		return nil, errors.New("no run to draw rounds from")
	}
	var pools [][][]bench.Session // of rounds
	same := true
	for _, r := range runs {
		pools = append(pools, completeRounds(r))
		same = same && Unchanged(r)
	}
	if !o.Within {
		pools = [][][]bench.Session{slices.Concat(pools...)}
	}
	fewest := len(pools[0])
	for _, rounds := range pools {
		fewest = min(fewest, len(rounds))
	}
	if o.Sessions == 0 {
		o.Sessions = fewest / 2
	}
	if o.Sessions < 1 || o.Sessions > fewest {
		return nil, fmt.Errorf("%d complete rounds are too few for %d per trial", fewest, max(1, o.Sessions))
	}
	if o.Trials == 0 {
		o.Trials = defaultTrials
	}
	header := runs[0].Header
	header.Plan.Rounds, header.Plan.MaxRounds = o.Sessions, 0
	trials := make([]trial, o.Trials)
	for number := range trials {
		draw := random(o.Seed, number)
		run := &bench.Record{Header: header, Sessions: drawn(draw, pools[number%len(pools)], o.Sessions, same)}
		trials[number] = trial{run: run, number: number, seed: draw.Uint64()}
	}
	return try(trials, o)
}

// drawn returns the sessions of n rounds. If both arms are the same build, it draws
// which session of a round is base.
func drawn(draw *rand.Rand, rounds [][]bench.Session, n int, same bool) (sessions []bench.Session) {
	picked := draw.Perm(len(rounds))[:n]
	slices.Sort(picked)
	for i, p := range picked {
		swap := same && draw.IntN(2) == 1
		for _, s := range rounds[p] {
			if swap {
				s.Arm = other(s.Arm)
			}
			s.Round, s.Index = i, len(sessions)
			sessions = append(sessions, s)
		}
	}
	return sessions
}

// Measured tries a policy on runs of unchanged code as they were measured, with what was
// measured again.
func Measured(runs []*bench.Record, o Options) (*Result, error) {
	if len(runs) == 0 {
		return nil, errors.New("no run to try the policy on")
	}
	o.Sessions = len(completeRounds(runs[0]))
	trials := make([]trial, len(runs))
	for i, r := range runs {
		trials[i] = trial{run: r, number: i, seed: random(o.Seed, i).Uint64()}
	}
	return try(trials, o)
}

// Unchanged reports whether both arms of the run are the same build.
func Unchanged(run *bench.Record) bool {
	base, head := run.Header.Builds[bench.Base], run.Header.Builds[bench.Head]
	return base.Digest != "" && base.Digest == head.Digest
}

// completeRounds returns the two sessions of every round that both arms completed.
func completeRounds(run *bench.Record) [][]bench.Session {
	byRound := map[int][]bench.Session{}
	for _, s := range run.Sessions {
		if s.Failed == "" && s.Phase != bench.Confirm {
			byRound[s.Round] = append(byRound[s.Round], s)
		}
	}
	var rounds [][]bench.Session
	for _, sessions := range byRound {
		if len(sessions) == 2 && sessions[0].Arm != sessions[1].Arm {
			rounds = append(rounds, sessions)
		}
	}
	slices.SortFunc(rounds, func(a, b []bench.Session) int { return cmp.Compare(a[0].Round, b[0].Round) })
	return rounds
}

func other(arm bench.Arm) bench.Arm {
	if arm == bench.Base {
		return bench.Head
	}
	return bench.Base
}
