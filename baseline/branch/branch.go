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

// Branch is a store on a branch. Any number of processes may use it at once,
// and any number of goroutines the same Branch.
type Branch struct {
	client      *github.Client
	owner, repo string
	name        string
	retain      Retention

	mu    sync.Mutex
	known map[string]baseline.Entry // by path and hash: what was read does not change
}

// Open names a branch; nothing is asked of GitHub yet, and the branch need not
// exist. The client brings the token and, for GitHub Enterprise, the address; it
// repeats requests that failed, as by [githubapi.Transport].
func Open(client *github.Client, owner, repo, name string, retain Retention) *Branch {
	return &Branch{
		client: client, owner: owner, repo: repo, name: name, retain: retain,
		known: map[string]baseline.Entry{},
	}
}

// Repository returns owner/name.
func (b *Branch) Repository() string { return b.owner + "/" + b.repo }

func (b *Branch) String() string { return b.Repository() + "@" + b.name }

// explain says what could not be done, why, and what to do about it.
func (b *Branch) explain(doing string, err error) error {
	return githubapi.Explain(b.String()+": could not "+doing, err)
}

// Update adds the complete head sessions of a record, in place of the record of
// the same environment and name if there is one; see [baseline.Prepare]. The
// same commit removes what the branch's [Retention] no longer holds.
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

// List returns all records, the newest first. One that cannot be read is listed
// with its error, after all others.
func (b *Branch) List(ctx context.Context) ([]baseline.Entry, error) {
	found, err := b.describeTip(ctx)
	if err != nil {
		return nil, err
	}
	return found.Entries(), nil
}

// All returns what the branch holds, with the records themselves, each of which
// takes a request.
func (b *Branch) All(ctx context.Context) (baseline.Content, error) {
	return b.load(ctx, "", func(baseline.Entry) bool { return true })
}

// Show returns the record of a name, or of environment/name where several
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

// Records returns the records whose environment is that of h, the newest
// first. It fails on one that cannot be read, rather than decide on less.
func (b *Branch) Records(ctx context.Context, h bench.Header) ([]*bench.Record, error) {
	found, err := b.load(ctx, baseline.Key(h), func(baseline.Entry) bool { return true })
	if err != nil {
		return nil, err
	}
	return found.Records()
}

// Prune removes all but the newest records of each environment, in one commit,
// and returns what it removed; with dryRun it only tells. A record that cannot
// be read stays: it may be of a newer version.
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

// Put writes files, by their paths on the branch, in one commit, and returns the
// hash of a commit that has them. A link by that hash holds when the branch
// moves on. Records are for [Branch.Update] to write.
func (b *Branch) Put(ctx context.Context, files map[string][]byte, message string) (commit string, err error) {
	for name := range files {
		if !fs.ValidPath(name) || name == "." || path.Clean(name) == baseline.Runs ||
			strings.HasPrefix(name, baseline.Runs+"/") || slices.Contains(strings.Split(strings.ToLower(name), "/"), ".git") {
			return "", fmt.Errorf("%q cannot be a file's path on %s: name it from the branch's root, outside of %s", name, b, baseline.Runs)
		}
	}
	added, err := b.upload(ctx, files)
	if err != nil {
		return "", err
	}
	return b.commit(ctx, message, func(tip) ([]*github.TreeEntry, error) { return added, nil })
}

// upload stores the files' content, where no commit refers to it yet.
func (b *Branch) upload(ctx context.Context, files map[string][]byte) ([]*github.TreeEntry, error) {
	var added []*github.TreeEntry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if size := int64(len(files[name])); size > maxFile {
			return nil, fmt.Errorf("%s: %s has %d bytes, more than the %d that a file may have there", b, name, size, maxFile)
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
		// Without a hash it is the removal of the path.
		removed = append(removed, &github.TreeEntry{
			Path: github.String(e.Path()), Mode: github.String(regular), Type: github.String("blob"),
		})
	}
	return removed
}
