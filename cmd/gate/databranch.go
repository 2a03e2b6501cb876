package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/sethvargo/go-githubactions"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/report/github/event"
)

// retention is what a data branch holds of each environment: as many runs as
// teach anything, within what a branch can carry.
var retention = branch.Retention{Keep: 100, MaxBytes: 200 << 20}

// dataBranch is where the repository keeps its records.
type dataBranch struct{ *branch.Branch }

// dataBranch returns the branch that the step names, and nil when it names none.
func (a *app) dataBranch(on event.Event) (*dataBranch, error) {
	name := a.input("data-branch")
	if name == "" {
		return nil, nil
	}
	client, err := a.client(on)
	if err != nil {
		return nil, err
	}
	return &dataBranch{branch.Open(client.REST(), on.Owner, on.Repo, name, retention)}, nil
}

// learn makes the records of the branch, if there is one, what the run learns from
// unless something else is set; forget removes what that takes. That nothing can be
// learned is a warning: base and head alone can be judged too.
func (a *app) learn(ctx context.Context, step *githubactions.Action, b *dataBranch, cfg *config) (forget func(), err error) {
	forget = func() {}
	if cfg.History != "" || b == nil {
		return forget, nil
	}
	dir, err := os.MkdirTemp(a.getenv("RUNNER_TEMP"), "perf-gate-history-")
	if err != nil {
		return forget, err
	}
	if cfg.History, err = b.mirror(ctx, dir); err != nil {
		notice(step).Warningf("no history to learn from: %v", err)
	}
	return func() { _ = os.RemoveAll(dir) }, nil // the runner empties it anyway
}

// mirror copies the branch's records into a store in the directory, and returns
// it; empty when there are none.
func (b *dataBranch) mirror(ctx context.Context, dir string) (string, error) {
	entries, err := b.List(ctx)
	if errors.Is(err, fs.ErrNotExist) { // nothing was kept yet
		return "", nil
	}
	if err != nil || len(entries) == 0 {
		return "", err
	}
	store, err := baseline.Create(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if e.Err != nil {
			continue // of another version, or nobody's
		}
		record, _, err := b.Show(ctx, e.Ref())
		if err != nil {
			return "", err
		}
		if _, err := store.Update(record, e.Name); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// keep adds the run to the branch, by its commit.
func (b *dataBranch) keep(ctx context.Context, run *bench.Record, commit string) error {
	_, err := b.Update(ctx, run, commit)
	return err
}
