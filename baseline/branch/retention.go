package branch

import (
	"context"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/baseline"
)

// Retention limits the records at the branch's tip. Removed records stay in the
// branch's history. The newest record of each environment, the record that is
// being added and unreadable records are always kept.
type Retention struct {
	// Keep is how many records of each environment are kept, the newest. 0 keeps
	// all.
	Keep int
	// MaxBytes limits the total size of the records of all environments, in bytes.
	// The oldest are removed first. 0 means no limit.
	MaxBytes int64
}

// surplus returns the records to remove from a tip before added is added.
func (b *Branch) surplus(ctx context.Context, at tip, added baseline.Entry) ([]baseline.Entry, error) {
	if b.retain == (Retention{}) || at.commit == "" {
		return nil, b.fits(added.Size)
	}
	files, err := b.files(ctx, at, "")
	if err != nil {
		return nil, err
	}
	files = slices.DeleteFunc(files, func(f file) bool { return f.entry.Path() == added.Path() })
	total, beside := added.Size, 0
	for _, f := range files {
		total += f.entry.Size
		if f.entry.Environment == added.Environment {
			beside++
		}
	}
	tooBig := b.retain.MaxBytes > 0 && total > b.retain.MaxBytes
	if !tooBig {
		// Sorting by age means reading each record, which takes a request. It is
		// not necessary while there is room for one more.
		if b.retain.Keep == 0 || beside < b.retain.Keep {
			return nil, nil
		}
		files = slices.DeleteFunc(files, func(f file) bool { return f.entry.Environment != added.Environment })
	}
	found, err := b.describe(ctx, files)
	if err != nil {
		return nil, err
	}
	found = append(found, baseline.Stored{Entry: added})
	found.Sort()

	var surplus []baseline.Entry
	if b.retain.Keep > 0 {
		if surplus, err = found.Surplus(b.retain.Keep); err != nil {
			return nil, err
		}
		surplus = slices.DeleteFunc(surplus, func(e baseline.Entry) bool { return e.Path() == added.Path() })
	}
	if !tooBig {
		return surplus, nil
	}
	for _, e := range surplus {
		total -= e.Size
	}
	rest, err := found.Surplus(1)
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(rest) {
		if total <= b.retain.MaxBytes {
			break
		}
		if e.Path() != added.Path() && !slices.Contains(surplus, e) {
			surplus = append(surplus, e)
			total -= e.Size
		}
	}
	return surplus, b.fits(total)
}

func (b *Branch) fits(total int64) error {
	if most := b.retain.MaxBytes; most > 0 && total > most {
		return fmt.Errorf("%s: the records to keep take %d bytes, more than the limit of %d: raise the limit, or remove an environment that is no longer measured", b, total, most)
	}
	return nil
}
