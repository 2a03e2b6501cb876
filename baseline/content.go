package baseline

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// A Stored is a record in a store. If it cannot be read, Record is nil and
// Entry.Err says why.
type Stored struct {
	Entry  Entry
	Record *bench.Record
}

// Read decodes the record of an entry strictly. Location names the file in errors.
func Read(r io.Reader, e Entry, location string) Stored {
	rec, err := bench.Read(r, location)
	if err == nil {
		if key := Key(rec.Header); key != e.Environment {
			err = fmt.Errorf("%s: the record belongs to environment %s", location, key)
		}
	}
	if err != nil {
		e.Err = err
		return Stored{Entry: e}
	}
	e.Created, e.Sessions = rec.Header.Created, len(rec.Sessions)
	return Stored{e, rec}
}

// A Content holds the records of a store, or those of one environment. It is
// sorted by [Content.Sort].
type Content []Stored

// Sort puts the newest records first, and unreadable ones last.
func (c Content) Sort() {
	slices.SortFunc(c, func(a, b Stored) int {
		return cmp.Or(
			b.Entry.Created.Compare(a.Entry.Created),
			cmp.Compare(a.Entry.Environment, b.Entry.Environment),
			cmp.Compare(a.Entry.Name, b.Entry.Name),
		)
	})
}

// Entries returns the entries of all records.
func (c Content) Entries() []Entry {
	entries := make([]Entry, len(c))
	for i, s := range c {
		entries[i] = s.Entry
	}
	return entries
}

// Find returns the record of a name, or of environment/name if several
// environments have the name. Store names the store in errors.
func (c Content) Find(store, ref string) (*bench.Record, Entry, error) {
	environment, name, full := strings.Cut(ref, "/")
	if !full {
		environment, name = "", ref
	}
	var found Content
	for _, s := range c {
		if s.Entry.Name == name && (!full || s.Entry.Environment == environment) {
			found = append(found, s)
		}
	}
	switch {
	case len(found) == 0:
		return nil, Entry{}, fmt.Errorf("%s has no record %q: `gate baseline list` lists its records", store, ref)
	case len(found) > 1:
		refs := make([]string, len(found))
		for i, s := range found {
			refs[i] = s.Entry.Ref()
		}
		return nil, Entry{}, fmt.Errorf("%s has %d records with the name %q: use one of %s", store, len(found), ref, strings.Join(refs, ", "))
	}
	return found[0].Record, found[0].Entry, found[0].Entry.Err
}

// Records returns the records. It fails if one cannot be read, so that nothing is
// decided on a part of them.
func (c Content) Records() ([]*bench.Record, error) {
	records := make([]*bench.Record, len(c))
	for i, s := range c {
		if s.Entry.Err != nil {
			return nil, fmt.Errorf("%w: repair or remove this baseline", s.Entry.Err)
		}
		records[i] = s.Record
	}
	return records, nil
}

// Surplus returns all but the newest keep records of each environment. It leaves
// out unreadable records, because a newer version may have written them.
func (c Content) Surplus(keep int) ([]Entry, error) {
	if keep < 1 {
		return nil, fmt.Errorf("cannot keep %d records of each environment: keep at least 1", keep)
	}
	var surplus []Entry
	kept := map[string]int{}
	for _, s := range c {
		if s.Entry.Err != nil {
			continue
		}
		if kept[s.Entry.Environment]++; kept[s.Entry.Environment] > keep {
			surplus = append(surplus, s.Entry)
		}
	}
	return surplus, nil
}
