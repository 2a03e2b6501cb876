package main

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

// An acceptance is what was said on a pull request about its regressions.
type acceptance struct {
	// all is whether every regression is wanted, by someone with write access.
	all     bool
	words   []github.Acceptance
	refused []github.Refusal
}

// accepted asks what was accepted. A run that did not regress needs no word, but
// what was said belongs to the record of what was merged.
func (t telling) accepted(ctx context.Context, v *gate.Verdict) (said acceptance, err error) {
	if t.pull == 0 || v.Status != gate.Fail && !t.on.Default {
		return said, nil
	}
	pull, err := t.client.Pull(ctx, t.pull)
	if err != nil {
		return said, err
	}
	if said.words, said.refused, err = t.client.Accepted(ctx, pull, acceptLabel); err != nil {
		return said, err
	}
	said.all = v.Status == gate.Fail
	for _, c := range v.Regressions() {
		said.all = said.all && slices.ContainsFunc(said.words, func(w github.Acceptance) bool { return w.Of(c.Metric) })
	}
	return said, nil
}

// note tells who accepted what and why, in Markdown; empty when nobody said
// anything.
func (s acceptance) note() string {
	var lines []string
	for _, w := range s.words {
		lines = append(lines, report.Prose(w.String()))
	}
	for _, r := range s.refused {
		lines = append(lines, report.Prose(fmt.Sprintf("%s cannot accept regressions: %s", r.By, r.Why)))
	}
	if len(lines) == 0 {
		return ""
	}
	return "> [!NOTE]\n> " + strings.Join(lines, "\n> ")
}

// record is what the record of the commit keeps of it.
func (s acceptance) record() []bench.Acceptance {
	var kept []bench.Acceptance
	for _, w := range s.words {
		kept = append(kept, w.Acceptance)
	}
	return kept
}
