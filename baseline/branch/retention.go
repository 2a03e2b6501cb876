package branch

import (
	"context"
	"fmt"
	"slices"

	"github.com/kro/perf-gate/baseline"
)

// Retention bounds what the branch's tip holds. What it removes stays in the
// branch's history. The newest record of an environment and the one that is
// being added always stay, and so do records that cannot be read.
type Retention struct {
	// Keep is how many records of each environment stay, the newest; 0 is all.
	Keep int
	// MaxBytes bounds the records of all environments together, in bytes; the
	// oldest go first. 0 is no bound.
	MaxBytes int64
}

// surplus returns what has to go from a tip so that added may come.
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
		// Only what is read can be sorted by age, and reading costs a request
		// for each record: not while there is room for one more.
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
		return fmt.Errorf("%s: the records that have to stay take %d bytes, more than the %d that they may: allow more, or remove an environment that is no longer measured", b, total, most)
	}
	return nil
}
