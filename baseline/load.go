package baseline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// load reads the records of one environment, or of all environments for "". The
// newest come first and unreadable ones last.
func (d *Dir) load(environment string) (Content, error) {
	root, err := os.OpenRoot(d.path)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	environments, err := fs.ReadDir(root.FS(), Runs)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.path, err)
	}
	var found Content
	for _, e := range environments {
		if !e.IsDir() || !IsName(e.Name()) || environment != "" && e.Name() != environment {
			continue
		}
		files, err := fs.ReadDir(root.FS(), path.Join(Runs, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.path, err)
		}
		for _, f := range files {
			entry, ok := EntryAt(e.Name(), f.Name())
			if !ok {
				continue
			}
			s := d.read(root, entry)
			if errors.Is(s.Entry.Err, fs.ErrNotExist) {
				continue // another process pruned it
			}
			found = append(found, s)
		}
	}
	found.Sort()
	return found, nil
}

func (d *Dir) read(root *os.Root, e Entry) Stored {
	unread := func(err error) Stored {
		e.Err = fmt.Errorf("%s: %w", d.locate(e), err)
		return Stored{Entry: e}
	}
	info, err := root.Lstat(e.Path())
	if err != nil {
		return unread(err)
	}
	if !info.Mode().IsRegular() {
		return unread(errors.New("not a regular file"))
	}
	e.Size = info.Size()
	f, err := root.Open(e.Path())
	if err != nil {
		return unread(err)
	}
	defer f.Close()
	return Read(f, e, d.locate(e))
}
