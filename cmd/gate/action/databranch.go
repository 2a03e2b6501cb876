package action

import (
	"context"
	"errors"
	"io/fs"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/store"
)

// A dataBranch is the branch where the repository of a workflow keeps its records. As
// a store it is read once per environment. An error is only a warning, because base
// and head can be compared without history.
type dataBranch struct {
	*branch.Branch
	warn   func(format string, args ...any)
	read   map[string][]*bench.Record // by environment
	failed bool                       // it could not be read
}

// openDataBranch returns the branch that the step names, or nil if it names none.
func openDataBranch(s step) (*dataBranch, error) {
	name := s.input("data-branch")
	if name == "" {
		return nil, nil
	}
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	return &dataBranch{
		Branch: branch.Open(client.REST(), s.on.Owner, s.on.Repo, name, store.Retention),
		warn:   s.notice().Warningf, read: map[string][]*bench.Record{},
	}, nil
}

// learnFrom makes the branch the history of a run, unless there is no branch or the
// run has another history. It returns the new configuration and stores.
func learnFrom(b *dataBranch, cfg config.Config, stores store.Opener) (config.Config, store.Opener) {
	if b == nil || cfg.History != "" {
		return cfg, stores
	}
	cfg.History = store.OnGitHub + b.String()
	return cfg, opened{stores, cfg.History, b}
}

// opened is an Opener with one store that is open already.
type opened struct {
	store.Opener
	name  string
	store store.Store
}

func (o opened) Open(name string) (store.Store, error) {
	if name == o.name {
		return o.store, nil
	}
	return o.Opener.Open(name)
}

// Records returns the records of the environment, or none if it cannot read them.
func (b *dataBranch) Records(ctx context.Context, h bench.Header) ([]*bench.Record, error) {
	key := baseline.Key(h)
	records, known := b.read[key]
	if known {
		return records, nil
	}
	records, err := b.Branch.Records(ctx, h)
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // else nothing was kept yet
		b.failed = true
		b.warn("there is no history to learn from: %v", err)
	}
	b.read[key] = records
	return records, nil
}

// List returns the entries of the branch, or none if the branch does not exist.
func (b *dataBranch) List(ctx context.Context) ([]baseline.Entry, error) {
	entries, err := b.Branch.List(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

// empty reports whether the run read the branch and found no records.
func (b *dataBranch) empty() bool {
	for _, records := range b.read {
		if len(records) > 0 {
			return false
		}
	}
	return len(b.read) > 0 && !b.failed
}
