// Package pages writes history pages from the records in a store.
package pages

import (
	"context"
	"fmt"
	"io"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

// Options control what pages show.
type Options struct {
	Policy     gate.Policy // selects the gated metrics
	Repository string      // address of the repository, for links to commits; may be empty
	Warnings   io.Writer   // gets a line for each record that cannot be read
}

// Write writes pages from the content of a store into dir. It returns the paths of
// the files.
func Write(dir string, content baseline.Content, o Options) ([]string, error) {
	return report.WriteHistory(dir, history(content, o))
}

// Publish writes pages from the records on a branch to the same branch, so that
// GitHub Pages can serve them. It returns the commit.
func Publish(ctx context.Context, b *branch.Branch, o Options) (commit string, err error) {
	content, err := b.All(ctx)
	if err != nil {
		return "", err
	}
	files, err := report.HistoryPages(history(content, o))
	if err != nil {
		return "", err
	}
	files[".nojekyll"] = nil // GitHub Pages serves the files unchanged
	return b.Put(ctx, files, "Write the history")
}

// history returns the content of the pages.
func history(content baseline.Content, o Options) report.History {
	h := report.History{Policy: o.Policy, Repository: o.Repository}
	for _, s := range content {
		if s.Entry.Err != nil {
			fmt.Fprintf(o.Warnings, "gate: warning: skipped: %v\n", s.Entry.Err)
			h.Unread++
			continue
		}
		h.Runs = append(h.Runs, report.HistoryRun{Environment: s.Entry.Environment, Name: s.Entry.Name, Record: s.Record})
	}
	return h
}
