package baseline

import (
	"path"
	"strings"
	"time"
)

// Runs is the directory, in a store, of all records. Paths in a store are
// slash-separated and relative to it.
const Runs = "runs"

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

// Ref is the name by which [Content.Find] finds the entry in any store.
func (e Entry) Ref() string { return e.Environment + "/" + e.Name }

// Path is where any store keeps the record.
func (e Entry) Path() string { return path.Join(Runs, e.Environment, e.Name+extension) }

// EntryAt returns the entry that a store keeps under a file name in the
// directory of an environment, or false where the names are none of a store's.
func EntryAt(environment, file string) (Entry, bool) {
	name, isRecord := strings.CutSuffix(file, extension)
	if !isRecord || !IsName(environment) || !IsName(name) {
		return Entry{}, false
	}
	return Entry{Environment: environment, Name: name}, true
}
