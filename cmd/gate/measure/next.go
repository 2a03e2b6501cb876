package measure

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/gate"
)

// next asks the decision how to continue a run.
type next struct {
	log     io.Writer
	header  bench.Header
	history []*bench.Record
	policy  gate.Policy
	budget  time.Duration
	began   time.Time
}

func newNext(ctx context.Context, cfg config.Config, h Host, header bench.Header) (*next, error) {
	history, err := store.History(ctx, h.Stores, cfg.History, header)
	return &next{h.Log, header, history, cfg.Policy, cfg.Budget, time.Now()}, err
}

// more reports whether the run is undecided and another round fits into the budget.
// It expects the round to take as long as the longest so far.
func (n *next) more(sessions []bench.Session) bool {
	rounds := map[int][]bench.Session{}
	for _, s := range sessions {
		rounds[s.Round] = append(rounds[s.Round], s)
	}
	round := 0.0
	for _, sessions := range rounds {
		round = max(round, n.header.Plan.Seconds(sessions))
	}
	if n.budget > 0 && time.Since(n.began)+time.Duration(round*float64(time.Second)) > n.budget {
		return false
	}
	wanted, err := gate.WantsMore(gate.Evidence{Run: &bench.Record{Header: n.header, Sessions: sessions}, History: n.history}, n.policy)
	if wanted && err == nil {
		fmt.Fprintln(n.log, "still undecided: one more round")
	}
	return wanted && err == nil // an error of the policy shows in the verdict
}

// confirm returns the benchmarks that have to regress again before the run fails, and
// the number of rounds to measure them in.
func (n *next) confirm(sessions []bench.Session) (benchmarks []string, rounds int) {
	benchmarks, rounds, err := gate.Flagged(gate.Evidence{Run: &bench.Record{Header: n.header, Sessions: sessions}, History: n.history}, n.policy)
	if err != nil || len(benchmarks) == 0 {
		return nil, 0
	}
	fmt.Fprintf(n.log, "measuring regressed benchmarks again, in %d rounds: %s\n", rounds, strings.Join(benchmarks, ", "))
	return benchmarks, rounds
}

// Decidable returns a check that refuses plans that the policy cannot decide on.
func Decidable(policy gate.Policy) func(bench.Plan) error {
	return func(plan bench.Plan) error { return gate.Feasible(plan, policy) }
}
