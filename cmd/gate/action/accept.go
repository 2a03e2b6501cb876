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

// acceptLabel is the label that accepts all regressions of a pull request.
const acceptLabel = "perf-gate-accepted"

// acceptances holds who accepted regressions of a pull request.
type acceptances struct {
	// all says that people with write access accepted every regression.
	all     bool
	given   []github.Acceptance
	refused []github.Refusal
}

// findAcceptances reads the acceptances from the pull request. A run without
// regressions needs none. On the default branch they are read anyway, because the
// record of the merged commit keeps them.
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

// note lists the acceptances and refusals with their reasons, in Markdown. It is empty
// if there are none.
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

// kept returns the acceptances in the form that a record keeps.
func (a acceptances) kept() []bench.Acceptance {
	var kept []bench.Acceptance
	for _, g := range a.given {
		kept = append(kept, g.Acceptance)
	}
	return kept
}
