package baseline

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// stored is a record as it was found; its record is nil when it cannot be read.
type stored struct {
	entry  Entry
	record *bench.Record
}

// load reads the records of one environment, or of all for "", the newest
// first and unreadable ones last.
func (d *Dir) load(environment string) ([]stored, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	environments, err := fs.ReadDir(root.FS(), runs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	var found []stored
	for _, e := range environments {
		if !e.IsDir() || !validName.MatchString(e.Name()) || environment != "" && e.Name() != environment {
			continue
		}
		files, err := fs.ReadDir(root.FS(), path.Join(runs, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
		for _, f := range files {
			name, isRecord := strings.CutSuffix(f.Name(), extension)
			if !isRecord || !validName.MatchString(name) {
				continue
			}
			s, err := d.read(root, Entry{Environment: e.Name(), Name: name})
			if errors.Is(err, fs.ErrNotExist) {
				continue // pruned by another process meanwhile
			}
			s.entry.Err = err
			found = append(found, s)
		}
	}
	slices.SortFunc(found, func(a, b stored) int {
		return cmp.Or(
			b.entry.Created.Compare(a.entry.Created),
			cmp.Compare(a.entry.Environment, b.entry.Environment),
			cmp.Compare(a.entry.Name, b.entry.Name),
		)
	})
	return found, nil
}

func (d *Dir) read(root *os.Root, e Entry) (stored, error) {
	info, err := root.Lstat(e.file())
	if err != nil {
		return stored{entry: e}, err
	}
	if !info.Mode().IsRegular() {
		return stored{entry: e}, fmt.Errorf("%s: not a regular file", d.locate(e))
	}
	e.Size = info.Size()
	f, err := root.Open(e.file())
	if err != nil {
		return stored{entry: e}, fmt.Errorf("%s: %w", d.locate(e), err)
	}
	defer f.Close()
	rec, err := bench.Read(f, d.locate(e))
	if err != nil {
		return stored{entry: e}, err
	}
	if key := Key(rec.Header); key != e.Environment {
		return stored{entry: e}, fmt.Errorf("%s: the record belongs to environment %s", d.locate(e), key)
	}
	e.Created, e.Sessions = rec.Header.Created, len(rec.Sessions)
	return stored{e, rec}, nil
}
