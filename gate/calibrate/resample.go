package calibrate

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// defaultTrials is how many times rounds are drawn.
const defaultTrials = 100

// Resample draws o.Sessions rounds at a time from a run that measured both arms
// side by side. Where both are one build, nothing differs between the two
// sessions of a round, and which of them is base is drawn as well. Where they
// are two builds the arms stay, so that Red and Suites tell how often that
// change is found, not how often there is a false alarm.
//
// The draws have rounds in common, so the shares are those of this run, and
// vary from run to run by more than independent draws would.
func Resample(run *bench.Record, o Options) (*Result, error) {
	rounds := completeRounds(run)
	if o.Sessions == 0 {
		o.Sessions = len(rounds) / 2
	}
	if o.Sessions < 1 || o.Sessions > len(rounds) {
		return nil, fmt.Errorf("the run has %d complete rounds, and %d per trial are asked for", len(rounds), max(1, o.Sessions))
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

// Unchanged tells whether both arms of the run are one build.
func Unchanged(run *bench.Record) bool {
	base, head := run.Header.Builds[bench.Base], run.Header.Builds[bench.Head]
	return base.Digest != "" && base.Digest == head.Digest
}

// completeRounds returns the sessions of every round that both arms completed.
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
