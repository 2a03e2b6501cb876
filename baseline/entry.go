package baseline

import (
	"path"
	"strings"
	"time"
)

// Runs is the directory of all records in a store. Paths in a store are
// slash-separated and relative to the store.
const Runs = "runs"

// An Entry describes one record of a store.
type Entry struct {
	Environment string // see [Key]
	Name        string
	Created     time.Time // when the run started
	Sessions    int
	Size        int64 // bytes
	// Err says why the record cannot be read, and names the file. Created and
	// Sessions are then zero.
	Err error
}

// Ref returns the unique name that [Content.Find] accepts for the entry.
func (e Entry) Ref() string { return e.Environment + "/" + e.Name }

// Path returns the path of the record in any store.
func (e Entry) Path() string { return path.Join(Runs, e.Environment, e.Name+extension) }

// EntryAt returns the entry of a file in the directory of an environment. It
// returns false if the names are not valid in a store.
func EntryAt(environment, file string) (Entry, bool) {
	name, isRecord := strings.CutSuffix(file, extension)
	if !isRecord || !IsName(environment) || !IsName(name) {
		return Entry{}, false
	}
	return Entry{Environment: environment, Name: name}, true
}
