// Package pages writes the history pages of a store's records.
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

// Options say what pages show of records.
type Options struct {
	Policy     gate.Policy // says what is gated
	Repository string      // address, to link commits below; may be empty
	Warnings   io.Writer   // names the records that cannot be read
}

// Write writes the pages on the content of a store into dir, and returns the
// paths of the files.
func Write(dir string, content baseline.Content, o Options) ([]string, error) {
	return report.WriteHistory(dir, history(content, o))
}

// Publish writes the pages on a branch's records to the branch, where GitHub
// Pages can show them, and returns the commit.
func Publish(ctx context.Context, b *branch.Branch, o Options) (commit string, err error) {
	content, err := b.All(ctx)
	if err != nil {
		return "", err
	}
	files, err := report.HistoryPages(history(content, o))
	if err != nil {
		return "", err
	}
	files[".nojekyll"] = nil // they are to be shown as they are
	return b.Put(ctx, files, "Write the history")
}

// history is what pages show of a store.
func history(content baseline.Content, o Options) report.History {
	h := report.History{Policy: o.Policy, Repository: o.Repository}
	for _, s := range content {
		if s.Entry.Err != nil {
			fmt.Fprintf(o.Warnings, "gate: warning: left out: %v\n", s.Entry.Err)
			h.Unread++
			continue
		}
		h.Runs = append(h.Runs, report.HistoryRun{Environment: s.Entry.Environment, Name: s.Entry.Name, Record: s.Record})
	}
	return h
}
