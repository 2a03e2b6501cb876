// Package store opens stores of records by name: a directory, or a branch of a
// GitHub repository.
package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// A Store keeps records in a directory or on a branch of a GitHub repository.
type Store interface {
	Update(ctx context.Context, run *bench.Record, name string) (baseline.Entry, error)
	List(ctx context.Context) ([]baseline.Entry, error)
	All(ctx context.Context) (baseline.Content, error)
	Show(ctx context.Context, ref string) (*bench.Record, baseline.Entry, error)
	Records(ctx context.Context, h bench.Header) ([]*bench.Record, error)
	Prune(ctx context.Context, keep int, dryRun bool) ([]baseline.Entry, error)
}

// dirStore is a store in a directory. Nothing there takes long enough to need a
// context.
type dirStore struct{ *baseline.Dir }

func (d dirStore) Update(_ context.Context, run *bench.Record, name string) (baseline.Entry, error) {
	return d.Dir.Update(run, name)
}

func (d dirStore) List(context.Context) ([]baseline.Entry, error) { return d.Dir.List() }

func (d dirStore) All(context.Context) (baseline.Content, error) { return d.Dir.All() }

func (d dirStore) Show(_ context.Context, ref string) (*bench.Record, baseline.Entry, error) {
	return d.Dir.Show(ref)
}

func (d dirStore) Records(_ context.Context, h bench.Header) ([]*bench.Record, error) {
	return d.Dir.Records(h)
}

func (d dirStore) Prune(_ context.Context, keep int, dryRun bool) ([]baseline.Entry, error) {
	return d.Dir.Prune(keep, dryRun)
}

const (
	// OnGitHub is the prefix of the name of a store on a branch:
	// github:OWNER/REPO@BRANCH.
	OnGitHub = "github:"
	// DefaultBranch is the branch of a name without one.
	DefaultBranch = "perf-gate"
)

// Retention limits the records of each environment on a branch. More runs teach
// nothing new, and reading each takes one of the thousand requests per hour of a
// workflow's token.
var Retention = branch.Retention{Keep: 50, MaxBytes: 200 << 20}

// An Opener opens existing stores.
type Opener interface {
	Open(name string) (Store, error)
}

// Access opens stores. It holds what is needed to reach those on GitHub.
type Access struct {
	Token string // GitHub token; directories need none
	API   string // address of GitHub's API
	Agent string // user agent of requests
}

// Open opens an existing store.
func (a Access) Open(name string) (Store, error) {
	if strings.HasPrefix(name, OnGitHub) {
		return a.openBranch(name)
	}
	dir, err := baseline.Open(name)
	return dirStore{dir}, err
}

// Create opens a store. It creates one that does not exist.
func (a Access) Create(name string) (Store, error) {
	if strings.HasPrefix(name, OnGitHub) {
		return a.openBranch(name) // the first update creates it
	}
	dir, err := baseline.Create(name)
	return dirStore{dir}, err
}

// openBranch returns a store on GitHub. It sends no request.
func (a Access) openBranch(name string) (*branch.Branch, error) {
	repository, at, named := strings.Cut(strings.TrimPrefix(name, OnGitHub), "@")
	if !named {
		at = DefaultBranch
	}
	if a.Token == "" {
		return nil, exit.Usagef("%s needs a GitHub token: set GITHUB_TOKEN, for example to $(gh auth token)", name)
	}
	client, err := github.New(github.Options{API: a.API, Token: a.Token, Repository: repository, Agent: a.Agent})
	if err != nil {
		return nil, exit.Usagef("%s: %w", name, err)
	}
	owner, repo := client.Repository()
	return branch.Open(client.REST(), owner, repo, at, Retention), nil
}

// Is reports whether name names a store, rather than a run or a file.
func Is(name string) bool {
	if strings.HasPrefix(name, OnGitHub) {
		return true
	}
	_, err := baseline.Open(name)
	return err == nil
}

// Error marks an error of a store as a mistake of the user, unless the system or
// GitHub caused it, such as a full disk.
func Error(err error) error {
	if _, system := errors.AsType[syscall.Errno](err); system {
		return err
	}
	if _, refused := errors.AsType[*githubapi.Error](err); refused {
		return err
	}
	return exit.UsageError(err)
}

// History returns the records of unchanged code in a store that are from the
// environment of the run. It returns none if the name is empty.
func History(ctx context.Context, stores Opener, name string, run bench.Header) ([]*bench.Record, error) {
	if name == "" {
		return nil, nil
	}
	return records(ctx, stores, "history", name, run)
}

// Baseline returns the records in a store to compare head with. They are from the
// environment of the run. If there are none, they are from the environment of the
// newest record: counts and allocations do not depend on the environment, and the
// decision ignores metrics that do.
func Baseline(ctx context.Context, stores Opener, name string, run bench.Header) ([]*bench.Record, error) {
	found, err := records(ctx, stores, "baseline", name, run)
	if err != nil || len(found) > 0 {
		return found, err
	}
	newest, err := newest(ctx, stores, name)
	if err != nil || newest == nil {
		return nil, err
	}
	return records(ctx, stores, "baseline", name, newest.Header)
}

// records returns the records in a store that are from the environment of the run.
// Errors call them what.
func records(ctx context.Context, stores Opener, what, name string, run bench.Header) ([]*bench.Record, error) {
	store, err := stores.Open(name)
	var found []*bench.Record
	if err == nil {
		found, err = store.Records(ctx, run)
	}
	if err != nil {
		return nil, Error(fmt.Errorf("reading the %s: %w", what, err))
	}
	return found, nil
}

// newest returns the newest record in a store, or nil if it has none.
func newest(ctx context.Context, stores Opener, name string) (*bench.Record, error) {
	store, err := stores.Open(name)
	var entries []baseline.Entry
	if err == nil {
		entries, err = store.List(ctx)
	}
	if err == nil && len(entries) == 0 {
		return nil, nil
	}
	var record *bench.Record
	if err == nil {
		record, _, err = store.Show(ctx, entries[0].Ref())
	}
	if err != nil {
		return nil, Error(fmt.Errorf("reading %s: %w", name, err))
	}
	return record, nil
}

// Newest returns the header of the newest record in all stores among the names. Its
// environment selects the records to use.
func Newest(ctx context.Context, stores Opener, names []string) (h bench.Header, err error) {
	for _, name := range names {
		if !Is(name) {
			continue
		}
		record, err := newest(ctx, stores, name)
		if err != nil {
			return h, err
		}
		if record == nil {
			return h, exit.Usagef("%s has no record", name)
		}
		if record.Header.Created.After(h.Created) {
			h = record.Header
		}
	}
	return h, nil
}
