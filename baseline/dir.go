package baseline

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A Dir is a store in a directory. Any number of processes may use it at once.
//
// Its content may come from a branch that others can write to. So all access is
// confined to the directory, through [os.Root], and files with names that
// [Dir.Update] would refuse are ignored.
type Dir struct{ path string }

// Open opens the store in a directory.
func Open(path string) (*Dir, error) {
	info, err := os.Stat(filepath.Join(path, Runs))
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is not a baseline store, it has no directory %q: create it with `gate baseline update`", path, Runs)
	}
	if err != nil {
		return nil, err
	}
	return &Dir{path}, nil
}

// Create opens the store in a directory. It creates both if they do not exist.
func Create(path string) (*Dir, error) {
	if err := os.MkdirAll(filepath.Join(path, Runs), 0o755); err != nil {
		return nil, err
	}
	return Open(path)
}

// Update adds the complete head sessions of a record. It replaces a record of the
// same environment and name. If the name is empty, it is the head build's version
// or the digest of its binary. Readers see the old file or the new one, never a
// part.
func (d *Dir) Update(rec *bench.Record, name string) (Entry, error) {
	rec, entry, err := Prepare(rec, name)
	if err != nil {
		return Entry{}, err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return Entry{}, err
	}
	defer root.Close()
	if entry.Size, err = replace(root, entry.Path(), rec); err != nil {
		return Entry{}, fmt.Errorf("%s: %w", d.locate(entry), err)
	}
	return entry, nil
}

// replace writes the record to a temporary file and renames it, so that it appears
// atomically.
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

// List returns all records, the newest first. Unreadable records come last, with
// their errors.
func (d *Dir) List() ([]Entry, error) {
	found, err := d.load("")
	if err != nil {
		return nil, err
	}
	return found.Entries(), nil
}

// All returns the content of the store, including the records.
func (d *Dir) All() (Content, error) { return d.load("") }

// Show returns the record of a name, or of environment/name if several
// environments have the name.
func (d *Dir) Show(ref string) (*bench.Record, Entry, error) {
	environment, _, full := strings.Cut(ref, "/")
	if !full {
		environment = ""
	}
	found, err := d.load(environment)
	if err != nil {
		return nil, Entry{}, err
	}
	return found.Find(d.path, ref)
}

// Prune removes all but the newest keep records of each environment and returns
// those it removed. With dryRun it removes nothing. It keeps unreadable records,
// because a newer version may have written them.
func (d *Dir) Prune(keep int, dryRun bool) ([]Entry, error) {
	found, err := d.load("")
	if err != nil {
		return nil, err
	}
	surplus, err := found.Surplus(keep)
	if err != nil || dryRun {
		return surplus, err
	}
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	for i, e := range surplus {
		if err := root.Remove(e.Path()); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return surplus[:i], fmt.Errorf("%s: %w", d.path, err)
		}
	}
	return surplus, nil
}

// Records returns the records of h's environment, the newest first. It fails if
// one cannot be read, so that nothing is decided on a part of them.
func (d *Dir) Records(h bench.Header) ([]*bench.Record, error) {
	found, err := d.load(Key(h))
	if err != nil {
		return nil, err
	}
	return found.Records()
}

func (d *Dir) locate(e Entry) string { return filepath.Join(d.path, filepath.FromSlash(e.Path())) }
