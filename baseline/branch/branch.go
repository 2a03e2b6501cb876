package branch

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/google/go-github/v62/github"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/report/github/githubapi"
)

// A Branch is a store on a branch. Any number of processes may use the store at
// once, and any number of goroutines the same Branch.
type Branch struct {
	client      *github.Client
	owner, repo string
	name        string
	retain      Retention

	mu    sync.Mutex
	known map[string]baseline.Entry // by hash and path, so they never change
}

// Open returns the store on a branch. It makes no request, and the branch need not
// exist. The client has the token and, for GitHub Enterprise, the URL. It must
// repeat failed requests, like [githubapi.Transport].
func Open(client *github.Client, owner, repo, name string, retain Retention) *Branch {
	return &Branch{
		client: client, owner: owner, repo: repo, name: name, retain: retain,
		known: map[string]baseline.Entry{},
	}
}

// Repository returns owner/name.
func (b *Branch) Repository() string { return b.owner + "/" + b.repo }

func (b *Branch) String() string { return b.Repository() + "@" + b.name }

// explain returns an error that says what failed, why, and what to do about it.
func (b *Branch) explain(doing string, err error) error {
	return githubapi.Explain(b.String()+": could not "+doing, err)
}

// Update adds the complete head sessions of a record; see [baseline.Prepare]. It
// replaces a record of the same environment and name. The same commit removes the
// records that the branch's [Retention] no longer allows.
func (b *Branch) Update(ctx context.Context, rec *bench.Record, name string) (baseline.Entry, error) {
	rec, entry, err := baseline.Prepare(rec, name)
	if err != nil {
		return baseline.Entry{}, err
	}
	var content bytes.Buffer
	if err := bench.Encode(&content, rec); err != nil {
		return baseline.Entry{}, err
	}
	entry.Size = int64(content.Len())
	added, err := b.upload(ctx, map[string][]byte{entry.Path(): content.Bytes()})
	if err != nil {
		return baseline.Entry{}, err
	}
	_, err = b.commit(ctx, "Keep "+entry.Ref(), func(at tip) ([]*github.TreeEntry, error) {
		surplus, err := b.surplus(ctx, at, entry)
		if err != nil {
			return nil, err
		}
		return append(removals(surplus), added...), nil
	})
	if err != nil {
		return baseline.Entry{}, err
	}
	return entry, nil
}

// List returns all records, the newest first. Unreadable records come last, with
// their errors.
func (b *Branch) List(ctx context.Context) ([]baseline.Entry, error) {
	found, err := b.describeTip(ctx)
	if err != nil {
		return nil, err
	}
	return found.Entries(), nil
}

// All returns the content of the store, including the records. It makes a request
// for each record.
func (b *Branch) All(ctx context.Context) (baseline.Content, error) {
	return b.load(ctx, "", func(baseline.Entry) bool { return true })
}

// Show returns the record of a name, or of environment/name if several
// environments have the name.
func (b *Branch) Show(ctx context.Context, ref string) (*bench.Record, baseline.Entry, error) {
	environment, name, full := strings.Cut(ref, "/")
	if !full {
		environment, name = "", ref
	}
	found, err := b.load(ctx, environment, func(e baseline.Entry) bool { return e.Name == name })
	if err != nil {
		return nil, baseline.Entry{}, err
	}
	return found.Find(b.String(), ref)
}

// Records returns the records of h's environment, the newest first. It fails if
// one cannot be read, so that nothing is decided on a part of them.
func (b *Branch) Records(ctx context.Context, h bench.Header) ([]*bench.Record, error) {
	found, err := b.load(ctx, baseline.Key(h), func(baseline.Entry) bool { return true })
	if err != nil {
		return nil, err
	}
	return found.Records()
}

// Prune removes all but the newest keep records of each environment, in one
// commit, and returns those it removed. With dryRun it removes nothing. It keeps
// unreadable records, because a newer version may have written them.
func (b *Branch) Prune(ctx context.Context, keep int, dryRun bool) ([]baseline.Entry, error) {
	if dryRun {
		found, err := b.describeTip(ctx)
		if err != nil {
			return nil, err
		}
		return found.Surplus(keep)
	}
	var surplus []baseline.Entry
	_, err := b.commit(ctx, fmt.Sprintf("Keep the newest %d records of each environment", keep), func(at tip) ([]*github.TreeEntry, error) {
		found, err := b.describeAt(ctx, at)
		if err != nil {
			return nil, err
		}
		if surplus, err = found.Surplus(keep); err != nil {
			return nil, err
		}
		return removals(surplus), nil
	})
	if err != nil {
		return nil, err
	}
	return surplus, nil
}

// Put writes files, given by their paths on the branch, in one commit. It returns
// the hash of a commit that has them, for links that stay valid when the branch
// moves on. Use [Branch.Update] for records.
func (b *Branch) Put(ctx context.Context, files map[string][]byte, message string) (commit string, err error) {
	for name := range files {
		if !fs.ValidPath(name) || name == "." || path.Clean(name) == baseline.Runs ||
			strings.HasPrefix(name, baseline.Runs+"/") || slices.Contains(strings.Split(strings.ToLower(name), "/"), ".git") {
			return "", fmt.Errorf("%s: %q is not a valid path: use one relative to the root of the branch and outside %s", b, name, baseline.Runs)
		}
	}
	added, err := b.upload(ctx, files)
	if err != nil {
		return "", err
	}
	return b.commit(ctx, message, func(tip) ([]*github.TreeEntry, error) { return added, nil })
}

// upload stores the content of files. No commit refers to it yet.
func (b *Branch) upload(ctx context.Context, files map[string][]byte) ([]*github.TreeEntry, error) {
	var added []*github.TreeEntry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if size := int64(len(files[name])); size > maxFile {
			return nil, fmt.Errorf("%s: %s has %d bytes, more than the limit of %d", b, name, size, maxFile)
		}
		blob, _, err := b.client.Git.CreateBlob(ctx, b.owner, b.repo, &github.Blob{
			Content:  github.String(base64.StdEncoding.EncodeToString(files[name])),
			Encoding: github.String("base64"),
		})
		if err != nil {
			return nil, b.explain("write a file", err)
		}
		added = append(added, &github.TreeEntry{
			Path: github.String(name), Mode: github.String(regular), Type: github.String("blob"), SHA: blob.SHA,
		})
	}
	return added, nil
}

func removals(entries []baseline.Entry) []*github.TreeEntry {
	var removed []*github.TreeEntry
	for _, e := range entries {
		// An entry without a hash removes the path.
		removed = append(removed, &github.TreeEntry{
			Path: github.String(e.Path()), Mode: github.String(regular), Type: github.String("blob"),
		})
	}
	return removed
}
