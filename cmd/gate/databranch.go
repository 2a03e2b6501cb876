package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/report/github/event"
)

// retention is what a data branch holds of each environment: as many runs as
// teach anything, each of which is a request to read, of the thousand that a
// workflow's token has in an hour.
var retention = branch.Retention{Keep: 50, MaxBytes: 200 << 20}

// A dataBranch is where the repository of a workflow keeps its records. As a store
// it is read once, and what it cannot tell is a warning: base and head alone can be
// judged too.
type dataBranch struct {
	*branch.Branch
	step *githubactions.Action
	// history is its name as a store, if it is what the run learns from.
	history string
	read    map[string][]*bench.Record // by environment
	failed  bool                       // it could not be read
}

// dataBranch returns the branch that the step names, and nil when it names none.
// The run then learns from it, unless something else is set.
func (a *app) dataBranch(step *githubactions.Action, on event.Event, cfg *config.Config) (*dataBranch, error) {
	name := a.input("data-branch")
	if name == "" {
		return nil, nil
	}
	client, err := a.client(on)
	if err != nil {
		return nil, err
	}
	b := &dataBranch{
		Branch: branch.Open(client.REST(), on.Owner, on.Repo, name, retention),
		step:   step, read: map[string][]*bench.Record{},
	}
	if cfg.History == "" {
		b.history = onGitHub + b.String()
		cfg.History = b.history
		a.opened = map[string]store{b.history: b}
	}
	return b, nil
}

// Records returns the records of the environment, none when they cannot be read.
func (b *dataBranch) Records(ctx context.Context, h bench.Header) ([]*bench.Record, error) {
	key := baseline.Key(h)
	records, known := b.read[key]
	if known {
		return records, nil
	}
	records, err := b.Branch.Records(ctx, h)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // else nothing was kept yet
		b.failed = true
		notice(b.step).Warningf("no history to learn from: %v", err)
	}
	b.read[key] = records
	return records, nil
}

// List returns what the branch has, nothing when it does not exist.
func (b *dataBranch) List(ctx context.Context) ([]baseline.Entry, error) {
	entries, err := b.Branch.List(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// empty tells whether it is what the run was held against, and was seen to have
// nothing for it.
func (b *dataBranch) empty() bool {
	for _, records := range b.read {
		if len(records) > 0 {
			return false
		}
	}
	return b.history != "" && !b.failed
}
