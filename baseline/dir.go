package baseline

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// runs is the directory, in a store, of all records. Paths in a store are
// slash-separated and relative to it.
const runs = "runs"

// Dir is a store in a directory. Any number of processes may use it at once.
//
// Its content may come from a branch that others write: all access is confined
// to the directory, through [os.Root], and files whose names [Dir.Update] would
// refuse are no part of the store.
type Dir struct{ path string }

// An Entry describes one record of a store.
type Entry struct {
	Environment string // see [Key]
	Name        string
	Created     time.Time // when the run started
	Sessions    int
	Size        int64 // bytes
	// Err says why the record cannot be read; Created and Sessions are then
	// zero. It names the file.
	Err error
}

// Ref is the name by which [Dir.Show] finds the entry in any store.
func (e Entry) Ref() string { return e.Environment + "/" + e.Name }

func (e Entry) file() string { return path.Join(runs, e.Environment, e.Name+extension) }

// Open opens the store in a directory.
func Open(path string) (*Dir, error) {
	info, err := os.Stat(filepath.Join(path, runs))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is no baseline store, it has no directory %q: the first `gate baseline update` makes one", path, runs)
	}
	if err != nil {
		return nil, err
	}
	return &Dir{path}, nil
}

// Create opens the store in a directory, and makes both where they do not exist.
func Create(path string) (*Dir, error) {
	if err := os.MkdirAll(filepath.Join(path, runs), 0o755); err != nil {
		return nil, err
	}
	return Open(path)
}

// Update adds the complete head sessions of a record, in place of the record of
// the same environment and name if there is one. An empty name stands for the
// head build's version, or the digest of its binary. Readers see the old file
// or the new one, never a part.
func (d *Dir) Update(rec *bench.Record, name string) (Entry, error) {
	if name == "" {
		var err error
		if name, err = identity(rec.Header.Builds[bench.Head]); err != nil {
			return Entry{}, err
		}
	}
	if err := checkName(name); err != nil {
		return Entry{}, err
	}
	rec = headOnly(rec)
	if len(rec.Sessions) == 0 {
		return Entry{}, errors.New("the record has no complete head session, so there is nothing to keep: measure again, or go on with --resume")
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return Entry{}, err
	}
	defer root.Close()
	entry := Entry{
		Environment: Key(rec.Header), Name: name,
		Created: rec.Header.Created, Sessions: len(rec.Sessions),
	}
	if entry.Size, err = replace(root, entry.file(), rec); err != nil {
		return Entry{}, fmt.Errorf("%s: %w", d.locate(entry), err)
	}
	return entry, nil
}

// headOnly returns the part of a record that a baseline is made of.
func headOnly(rec *bench.Record) *bench.Record {
	head := &bench.Record{Header: rec.Header}
	head.Header.Builds = map[bench.Arm]bench.Build{}
	if build, ok := rec.Header.Builds[bench.Head]; ok {
		head.Header.Builds[bench.Head] = build
	}
	for _, s := range rec.Sessions {
		if s.Arm == bench.Head && s.Failed == "" && len(s.Results) == len(rec.Header.Plan.Benchmarks) {
			head.Sessions = append(head.Sessions, s)
		}
	}
	return head
}

// replace writes the record under a name of its own first: the rename is what
// makes it appear, at once and whole.
func replace(root *os.Root, name string, rec *bench.Record) (size int64, err error) {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return 0, err
	}
	temporary := path.Join(path.Dir(name), ".update-"+rand.Text())
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			_ = root.Remove(temporary)
		}
	}()
	err = bench.Encode(f, rec)
	if err == nil {
		err = f.Sync()
	}
	var info fs.FileInfo
	if err == nil {
		info, err = f.Stat()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	return info.Size(), root.Rename(temporary, name)
}

// List returns all records, the newest first. One that cannot be read is listed
// with its error, after all others.
func (d *Dir) List() ([]Entry, error) {
	found, err := d.load("")
	if err != nil {
		return nil, err
	}
	entries := make([]Entry, len(found))
	for i, f := range found {
		entries[i] = f.entry
	}
	return entries, nil
}

// Show returns the record of a name, or of environment/name where several
// environments have the name.
func (d *Dir) Show(ref string) (*bench.Record, Entry, error) {
	environment, name, full := strings.Cut(ref, "/")
	if !full {
		environment, name = "", ref
	}
	found, err := d.load(environment)
	if err != nil {
		return nil, Entry{}, err
	}
	found = slices.DeleteFunc(found, func(f stored) bool { return f.entry.Name != name })
	switch {
	case len(found) == 0:
		return nil, Entry{}, fmt.Errorf("%s has no record %q: `gate baseline list` shows what it has", d.path, ref)
	case len(found) > 1:
		refs := make([]string, len(found))
		for i, f := range found {
			refs[i] = f.entry.Ref()
		}
		return nil, Entry{}, fmt.Errorf("%q names %d records, say which: %s", ref, len(found), strings.Join(refs, ", "))
	}
	return found[0].record, found[0].entry, found[0].entry.Err
}

// Prune removes all but the newest records of each environment, and returns
// what it removed; with dryRun it only tells. A record that cannot be read
// stays: it may be of a newer version.
func (d *Dir) Prune(keep int, dryRun bool) ([]Entry, error) {
	if keep < 1 {
		return nil, fmt.Errorf("cannot keep %d records of each environment: keep at least 1", keep)
	}
	entries, err := d.List()
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var removed []Entry
	kept := map[string]int{}
	for _, e := range entries {
		if e.Err != nil {
			continue
		}
		if kept[e.Environment]++; kept[e.Environment] <= keep {
			continue
		}
		if !dryRun {
			if err := root.Remove(e.file()); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return removed, fmt.Errorf("%s: %w", d.path, err)
			}
		}
		removed = append(removed, e)
	}
	return removed, nil
}

// Records returns the records whose environment is that of h, the newest
// first. It fails on one that cannot be read, rather than decide on less.
func (d *Dir) Records(h bench.Header) ([]*bench.Record, error) {
	found, err := d.load(Key(h))
	if err != nil {
		return nil, err
	}
	records := make([]*bench.Record, len(found))
	for i, f := range found {
		if f.entry.Err != nil {
			return nil, fmt.Errorf("%w: repair or remove this baseline", f.entry.Err)
		}
		records[i] = f.record
	}
	return records, nil
}

func (d *Dir) locate(e Entry) string { return filepath.Join(d.path, filepath.FromSlash(e.file())) }
