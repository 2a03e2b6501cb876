package main

import (
	"cmp"
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

// A store keeps records: in a directory, or on a branch of a GitHub repository.
type store interface {
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
	// onGitHub begins the name of a store that is a branch:
	// github:OWNER/REPO@BRANCH.
	onGitHub = "github:"
	// dataBranchName is the branch where none is named.
	dataBranchName = "perf-gate"
	publicAPI      = "https://api.github.com"
	publicServer   = "https://github.com"
)

// openStore opens a store that is there already.
func (a *app) openStore(name string) (store, error) {
	if s := a.opened[name]; s != nil {
		return s, nil
	}
	if strings.HasPrefix(name, onGitHub) {
		return a.openBranch(name)
	}
	dir, err := baseline.Open(name)
	return dirStore{dir}, err
}

// createStore opens a store, and makes it where it does not exist.
func (a *app) createStore(name string) (store, error) {
	if strings.HasPrefix(name, onGitHub) {
		return a.openBranch(name) // the first update makes it
	}
	dir, err := baseline.Create(name)
	return dirStore{dir}, err
}

// openBranch names a store on GitHub, or on the enterprise server of
// GITHUB_API_URL; nothing is asked of it yet.
func (a *app) openBranch(name string) (*branch.Branch, error) {
	repository, at, named := strings.Cut(strings.TrimPrefix(name, onGitHub), "@")
	if !named {
		at = dataBranchName
	}
	token := cmp.Or(a.getenv("GITHUB_TOKEN"), a.getenv("GH_TOKEN"))
	if token == "" {
		return nil, exit.Usagef("%s takes a token of GitHub: set GITHUB_TOKEN, such as by GITHUB_TOKEN=$(gh auth token)", name)
	}
	client, err := github.New(github.Options{
		API: cmp.Or(a.getenv("GITHUB_API_URL"), publicAPI), Token: token, Repository: repository, Agent: agent(),
	})
	if err != nil {
		return nil, exit.Usagef("%s: %w", name, err)
	}
	owner, repo := client.Repository()
	return branch.Open(client.REST(), owner, repo, at, retention), nil
}

// storeError tells what the caller has to correct from what the system or GitHub
// would not do, such as writing to a full disk.
func storeError(err error) error {
	if _, system := errors.AsType[syscall.Errno](err); system {
		return err
	}
	if _, refused := errors.AsType[*githubapi.Error](err); refused {
		return err
	}
	return exit.UsageError(err)
}

// isStore tells a store from a run or a file.
func (a *app) isStore(name string) bool {
	if strings.HasPrefix(name, onGitHub) {
		return true
	}
	_, err := baseline.Open(name)
	return err == nil
}

// readHistory returns the records of the store, if one is named, from the
// environment of the run.
func (a *app) readHistory(ctx context.Context, name string, header bench.Header) ([]*bench.Record, error) {
	if name == "" {
		return nil, nil
	}
	return a.readStore(ctx, "history", name, header)
}

// readStore returns the records of a store from the environment of the run; what
// says what they are for.
func (a *app) readStore(ctx context.Context, what, name string, header bench.Header) ([]*bench.Record, error) {
	store, err := a.openStore(name)
	var records []*bench.Record
	if err == nil {
		records, err = store.Records(ctx, header)
	}
	if err != nil {
		return nil, storeError(fmt.Errorf("reading the %s: %w", what, err))
	}
	return records, nil
}

// readBaseline returns the records of a store to hold head against: those from
// the environment of the run, or, where it has none, those from that of its newest
// record. Counts and allocations are the same there; the decision passes over
// what is not.
func (a *app) readBaseline(ctx context.Context, name string, header bench.Header) ([]*bench.Record, error) {
	records, err := a.readStore(ctx, "baseline", name, header)
	if err != nil || len(records) > 0 {
		return records, err
	}
	newest, err := a.newest(ctx, name)
	if err != nil || newest == nil {
		return nil, err
	}
	return a.readStore(ctx, "baseline", name, newest.Header)
}

// newest returns the newest record of a store, nil if it has none.
func (a *app) newest(ctx context.Context, name string) (*bench.Record, error) {
	store, err := a.openStore(name)
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
		return nil, storeError(fmt.Errorf("reading %s: %w", name, err))
	}
	return record, nil
}

// newestIn returns the header of the newest record in the stores among the names,
// whose environment is then the one that counts.
func (a *app) newestIn(ctx context.Context, names []string) (h bench.Header, err error) {
	for _, name := range names {
		if !a.isStore(name) {
			continue
		}
		record, err := a.newest(ctx, name)
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
