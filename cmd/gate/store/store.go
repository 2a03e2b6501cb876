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

// A Store keeps records: in a directory, or on a branch of a GitHub repository.
type Store interface {
	Update(ctx context.Context, run *bench.Record, name string) (baseline.Entry, error)
	List(ctx context.Context) ([]baseline.Entry, error)
	All(ctx context.Context) (baseline.Content, error)
	Show(ctx context.Context, ref string) (*bench.Record, baseline.Entry, error)
	Records(ctx context.Context, h bench.Header) ([]*bench.Record, error)
	Prune(ctx context.Context, keep int, dryRun bool) ([]baseline.Entry, error)
}

// dirStore is a store in a directory, where nothing takes long.
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
	// OnGitHub begins the name of a store that is a branch:
	// github:OWNER/REPO@BRANCH.
	OnGitHub = "github:"
	// DefaultBranch is the branch where none is named.
	DefaultBranch = "perf-gate"
)

// Retention is what a branch holds of each environment: as many runs as teach
// anything, each of which is a request to read, of the thousand that a workflow's
// token has in an hour.
var Retention = branch.Retention{Keep: 50, MaxBytes: 200 << 20}

// An Opener opens stores that are there already.
type Opener interface {
	Open(name string) (Store, error)
}

// Access opens stores, and is how those on GitHub are reached.
type Access struct {
	Token string // of GitHub; stores in directories need none
	API   string // address
	Agent string // user agent of requests
}

// Open opens a store that is there already.
func (a Access) Open(name string) (Store, error) {
	if strings.HasPrefix(name, OnGitHub) {
		return a.openBranch(name)
	}
	dir, err := baseline.Open(name)
	return dirStore{dir}, err
}

// Create opens a store, and makes it where it does not exist.
func (a Access) Create(name string) (Store, error) {
	if strings.HasPrefix(name, OnGitHub) {
		return a.openBranch(name) // the first update makes it
	}
	dir, err := baseline.Create(name)
	return dirStore{dir}, err
}

// openBranch names a store on GitHub; nothing is asked of it yet.
func (a Access) openBranch(name string) (*branch.Branch, error) {
	repository, at, named := strings.Cut(strings.TrimPrefix(name, OnGitHub), "@")
	if !named {
		at = DefaultBranch
	}
	if a.Token == "" {
		return nil, exit.Usagef("%s takes a token of GitHub: set GITHUB_TOKEN, such as by GITHUB_TOKEN=$(gh auth token)", name)
	}
	client, err := github.New(github.Options{API: a.API, Token: a.Token, Repository: repository, Agent: a.Agent})
	if err != nil {
		return nil, exit.Usagef("%s: %w", name, err)
	}
	owner, repo := client.Repository()
	return branch.Open(client.REST(), owner, repo, at, Retention), nil
}

// Is reports whether the name is that of a store, and not of a run or a file.
func Is(name string) bool {
	if strings.HasPrefix(name, OnGitHub) {
		return true
	}
	_, err := baseline.Open(name)
	return err == nil
}

// Error marks an error of a store as the caller's to correct, unless it is the
// system's or GitHub's, such as a full disk.
func Error(err error) error {
	if _, system := errors.AsType[syscall.Errno](err); system {
		return err
	}
	if _, refused := errors.AsType[*githubapi.Error](err); refused {
		return err
	}
	return exit.UsageError(err)
}

// History returns the records of the store from the environment of the run. They
// are those of unchanged code. Without a name there are none.
func History(ctx context.Context, stores Opener, name string, run bench.Header) ([]*bench.Record, error) {
	if name == "" {
		return nil, nil
	}
	return records(ctx, stores, "history", name, run)
}

// Baseline returns the records of the store to compare head with: those from the
// environment of the run, or, where it has none, those from that of its newest
// record. Counts and allocations are the same there; the decision passes over
// what is not.
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

// records returns the records of a store from the environment of the run; what
// says what they are for.
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

// newest returns the newest record of a store, nil if it has none.
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

// Newest returns the header of the newest record in the stores among the names,
// whose environment is then the one that counts.
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
