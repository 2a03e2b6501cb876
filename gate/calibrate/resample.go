package calibrate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// defaultTrials is the default number of trials.
const defaultTrials = 100

// Resample tries a policy on rounds that it draws from a run that measured both
// arms side by side, o.Sessions rounds per trial. If both arms are the same build,
// the two sessions of a round are equivalent, so Resample also draws which of them
// is base. If they are different builds, it keeps the arms. Then Red and Suites
// count how often the change is found, and not false alarms.
//
// The trials share rounds, so the results describe this run. They vary from run to
// run by more than those of independent trials would.
func Resample(run *bench.Record, o Options) (*Result, error) {
	rounds := completeRounds(run)
	if o.Sessions == 0 {
		o.Sessions = len(rounds) / 2
	}
	if o.Sessions < 1 || o.Sessions > len(rounds) {
		return nil, fmt.Errorf("the run has %d complete rounds, too few for %d per trial", len(rounds), max(1, o.Sessions))
	}
	if o.Trials == 0 {
		o.Trials = defaultTrials
	}
	same := Unchanged(run)
	draw, result := random(o.Seed), newResult(o)
	for number := range o.Trials {
		picked := draw.Perm(len(rounds))[:o.Sessions]
		slices.Sort(picked)
		drawn := &bench.Record{Header: run.Header}
		drawn.Header.Plan.Rounds, drawn.Header.Plan.MaxRounds = o.Sessions, 0
		for i, p := range picked {
			swap := same && draw.IntN(2) == 1
			for _, s := range rounds[p] {
				if swap {
					s.Arm = other(s.Arm)
				}
				s.Round, s.Index = i, len(drawn.Sessions)
				drawn.Sessions = append(drawn.Sessions, s)
			}
		}
		if err := result.try(trial{run: drawn}, number, o); err != nil {
			return nil, err
		}
	}
	return result, nil
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
