package action

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
	"github.com/kro/perf-gate/report/github"
)

// acceptLabel is the label of a pull request whose regressions are wanted.
const acceptLabel = "perf-gate-accepted"

// acceptances are what was said on a pull request about its regressions.
type acceptances struct {
	// all is whether every regression is wanted, by someone with write access.
	all     bool
	given   []github.Acceptance
	refused []github.Refusal
}

// findAcceptances asks what was accepted. A run that did not regress needs no
// acceptance, but what was said belongs to the record of what was merged.
func (p poster) findAcceptances(ctx context.Context, v *gate.Verdict) (a acceptances, err error) {
	if p.pull == 0 || v.Status != gate.Fail && !p.on.Default {
		return a, nil
	}
	pull, err := p.client.Pull(ctx, p.pull)
	if err != nil {
		return a, err
	}
	if a.given, a.refused, err = p.client.Accepted(ctx, pull, acceptLabel); err != nil {
		return a, err
	}
	a.all = v.Status == gate.Fail
	for _, c := range v.Regressions() {
		a.all = a.all && slices.ContainsFunc(a.given, func(g github.Acceptance) bool { return g.Of(c.Metric) })
	}
	return a, nil
}

// note tells who accepted what and why, in Markdown; empty when nobody said
// anything.
func (a acceptances) note() string {
	var lines []string
	for _, g := range a.given {
		lines = append(lines, report.Prose(g.String()))
	}
	for _, r := range a.refused {
		lines = append(lines, report.Prose(fmt.Sprintf("%s cannot accept regressions: %s", r.By, r.Why)))
	}
	if len(lines) == 0 {
		return ""
	}
	return "> [!NOTE]\n> " + strings.Join(lines, "\n> ")
}

// kept is what the record of the commit keeps of them.
func (a acceptances) kept() []bench.Acceptance {
	var kept []bench.Acceptance
	for _, g := range a.given {
		kept = append(kept, g.Acceptance)
	}
	return kept
}
