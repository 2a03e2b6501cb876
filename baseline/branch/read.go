package branch

import (
	"bytes"
	"context"
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"slices"

	"github.com/google/go-github/v62/github"
	"golang.org/x/sync/errgroup"

	"github.com/kro/perf-gate/baseline"
)

const (
	regular = "100644" // git's mode for a regular file

	maxFile  = 32 << 20  // bytes of one file
	maxTotal = 256 << 20 // bytes of all records that are in memory at once
	parallel = 8         // requests for records at once
)

// A tip is the commit of a branch and its tree. Both are empty if there is no
// branch yet.
type tip struct{ commit, tree string }

// A file is a record on a branch that has not been read yet.
type file struct {
	entry   baseline.Entry // its Size comes from the tree
	hash    string
	regular bool
}

// tip returns the branch's tip.
func (b *Branch) tip(ctx context.Context) (tip, error) {
	ref, _, err := b.client.Git.GetRef(ctx, b.owner, b.repo, "heads/"+b.name)
	if isStatus(err, http.StatusNotFound) {
		return tip{}, nil
	}
	if err != nil {
		return tip{}, b.explain("read the branch", err)
	}
	commit, _, err := b.client.Git.GetCommit(ctx, b.owner, b.repo, ref.GetObject().GetSHA())
	if err != nil {
		return tip{}, b.explain("read the branch's commit", err)
	}
	return tip{ref.GetObject().GetSHA(), commit.GetTree().GetSHA()}, nil
}

// missing returns the reason why there is no tip. GitHub gives the same answer if
// there is no branch and if the token cannot see the repository.
func (b *Branch) missing(ctx context.Context) error {
	if _, _, err := b.client.Repositories.Get(ctx, b.owner, b.repo); err != nil {
		return b.explain("see the repository", err)
	}
	return fmt.Errorf("%s is not a baseline store, the branch does not exist: the first run on the default branch creates it (%w)", b, fs.ErrNotExist)
}

// files lists the records at a tip, of one environment or of all for "", without
// reading them.
func (b *Branch) files(ctx context.Context, at tip, environment string) ([]file, error) {
	root, err := b.subtrees(ctx, at.tree, "")
	if err != nil {
		return nil, err
	}
	runs, ok := root[baseline.Runs]
	if !ok {
		return nil, nil
	}
	environments, err := b.subtrees(ctx, runs, baseline.Runs)
	if err != nil {
		return nil, err
	}
	var files []file
	for name, hash := range environments {
		if environment != "" && name != environment || !baseline.IsName(name) {
			continue
		}
		tree, err := b.readTree(ctx, hash, baseline.Runs+"/"+name)
		if err != nil {
			return nil, err
		}
		for _, e := range tree {
			entry, ok := baseline.EntryAt(name, e.GetPath())
			if !ok || e.GetType() == "tree" {
				continue
			}
			entry.Size = int64(e.GetSize())
			files = append(files, file{entry, e.GetSHA(), e.GetType() == "blob" && e.GetMode() == regular})
		}
	}
	return files, nil
}

// subtrees returns the hashes of the directories in a tree, by name.
func (b *Branch) subtrees(ctx context.Context, hash, location string) (map[string]string, error) {
	tree, err := b.readTree(ctx, hash, location)
	if err != nil {
		return nil, err
	}
	hashes := map[string]string{}
	for _, e := range tree {
		if e.GetType() == "tree" {
			hashes[e.GetPath()] = e.GetSHA()
		}
	}
	return hashes, nil
}

func (b *Branch) readTree(ctx context.Context, hash, location string) ([]*github.TreeEntry, error) {
	tree, _, err := b.client.Git.GetTree(ctx, b.owner, b.repo, hash, false)
	if err != nil {
		return nil, b.explain("read the directory "+location, err)
	}
	if tree.GetTruncated() {
		return nil, fmt.Errorf("%s: %q has more files than GitHub lists: remove files from it, or some records would be missed", b, location)
	}
	return tree.Entries, nil
}

// load returns the records for which wanted returns true, sorted. They are of one
// environment, or of all for "".
func (b *Branch) load(ctx context.Context, environment string, wanted func(baseline.Entry) bool) (baseline.Content, error) {
	at, err := b.tip(ctx)
	if err != nil {
		return nil, err
	}
	if at.commit == "" {
		return nil, b.missing(ctx)
	}
	files, err := b.files(ctx, at, environment)
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f file) bool { return !wanted(f.entry) })
	var total int64
	for _, f := range files {
		total += f.entry.Size
	}
	if total > maxTotal {
		return nil, fmt.Errorf("%s: its %d records take %d bytes, more than the limit of %d for reading them at once: remove some with `gate baseline prune`", b, len(files), total, maxTotal)
	}
	return b.each(ctx, files, b.readFile)
}

func (b *Branch) describeTip(ctx context.Context) (baseline.Content, error) {
	at, err := b.tip(ctx)
	if err != nil {
		return nil, err
	}
	return b.describeAt(ctx, at)
}

func (b *Branch) describeAt(ctx context.Context, at tip) (baseline.Content, error) {
	if at.commit == "" {
		return nil, b.missing(ctx)
	}
	files, err := b.files(ctx, at, "")
	if err != nil {
		return nil, err
	}
	return b.describe(ctx, files)
}

// describe reads files and keeps only their entries, so that any number of files
// fits into memory. It fetches no file twice.
func (b *Branch) describe(ctx context.Context, files []file) (baseline.Content, error) {
	return b.each(ctx, files, func(ctx context.Context, f file) (baseline.Stored, error) {
		key := f.hash + " " + f.entry.Path()
		b.mu.Lock()
		entry, ok := b.known[key]
		b.mu.Unlock()
		if ok {
			return baseline.Stored{Entry: entry}, nil
		}
		s, err := b.readFile(ctx, f)
		if err == nil {
			b.mu.Lock()
			b.known[key] = s.Entry
			b.mu.Unlock()
		}
		return baseline.Stored{Entry: s.Entry}, err
	})
}

// each applies read to all files, several at once, and sorts the results.
func (b *Branch) each(ctx context.Context, files []file, read func(context.Context, file) (baseline.Stored, error)) (baseline.Content, error) {
	found := make(baseline.Content, len(files))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(parallel)
	for i, f := range files {
		group.Go(func() (err error) {
			found[i], err = read(ctx, f)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	found.Sort()
	return found, nil
}

// readFile fetches and decodes one record. The entry holds the error of an
// unreadable record. The returned error is a failure of GitHub.
func (b *Branch) readFile(ctx context.Context, f file) (baseline.Stored, error) {
	location := b.String() + ":" + f.entry.Path()
	switch {
	case !f.regular:
		f.entry.Err = fmt.Errorf("%s: not a regular file", location)
		return baseline.Stored{Entry: f.entry}, nil
	case f.entry.Size > maxFile:
		f.entry.Err = fmt.Errorf("%s: it has %d bytes, more than the limit of %d", location, f.entry.Size, maxFile)
		return baseline.Stored{Entry: f.entry}, nil
	}
	content, err := b.blob(ctx, f)
	if err != nil {
		return baseline.Stored{}, b.explain("read "+f.entry.Path(), err)
	}
	return baseline.Read(bytes.NewReader(content), f.entry, location), nil
}

// blob fetches a file's content. It retries if the content does not match the
// hash in the tree, because a cache may be damaged.
func (b *Branch) blob(ctx context.Context, f file) ([]byte, error) {
	const most = 3
	for fetched := 1; ; fetched++ {
		content, _, err := b.client.Git.GetBlobRaw(ctx, b.owner, b.repo, f.hash)
		if err != nil {
			return nil, err
		}
		hash := sha1.New()
		fmt.Fprintf(hash, "blob %d\x00", len(content))
		hash.Write(content)
		got := fmt.Sprintf("%x", hash.Sum(nil))
		if got == f.hash {
			return content, nil
		}
		if fetched == most {
			return nil, fmt.Errorf("the answer is damaged: its hash is %s instead of %s, in %d attempts", got, f.hash, fetched)
		}
	}
}

func isStatus(err error, status int) bool {
	response, ok := errors.AsType[*github.ErrorResponse](err)
	return ok && response.Response.StatusCode == status
}
