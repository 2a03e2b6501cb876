package memory

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/btree"
	"k8s.io/apimachinery/pkg/runtime"
)

const (
	// bookmarkInterval is how often the watch cache of the real server sends
	// bookmarks to the watches that allow them.
	bookmarkInterval = time.Minute

	treeDegree = 32
)

// errCompacted means that the history no longer reaches back to a revision.
var errCompacted = errors.New("revision has been compacted")

// A Backend is an in-memory key-value store with one revision counter for all
// resources, like one etcd. It is safe for concurrent use.
type Backend struct {
	history          int
	bookmarkInterval time.Duration

	mu       sync.Mutex // guards the fields below and the contents of all spaces
	revision int64
	spaces   map[string]*space // by resource prefix
}

// NewBackend returns an empty store. history, at least 1, is the number of events
// that each resource keeps for watches and old lists. A watch or list that needs
// an older event gets 410 Expired.
func NewBackend(history int) *Backend {
	return &Backend{
		history:          max(history, 1),
		bookmarkInterval: bookmarkInterval,
		revision:         1, // as a fresh etcd; 0 means "any" in the API
		spaces:           map[string]*space{},
	}
}

// space returns the space of the resource that lives under prefix.
func (b *Backend) space(prefix string) *space {
	b.mu.Lock()
	defer b.mu.Unlock()
	s, ok := b.spaces[prefix]
	if !ok {
		s = &space{
			backend: b,
			records: btree.NewG(treeDegree, func(a, b entry) bool { return a.key < b.key }),
			history: history{limit: b.history},
		}
		b.spaces[prefix] = s
	}
	return s
}

// currentRevision returns the revision of the latest write to any resource.
func (b *Backend) currentRevision() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.revision
}

// A space holds the records and the history of one resource. All stores of the
// resource, one per served version and schema, share it.
type space struct {
	backend *Backend
	records *btree.BTreeG[entry] // cloned copy-on-write for each list
	history history
	changed chan struct{} // closed at the next event; nil while nobody waits
}

// An entry is one key of a space.
type entry struct {
	key    string
	record *record
}

// A record is one version of one object. It does not change once it is stored.
type record struct {
	data     []byte
	revision int64
	expiry   *time.Timer // deletes the record when its time to live is over
	decoded  atomic.Pointer[decoded]
}

// A decoded is an object as the codec of one store decodes it. All readers share
// it, so it must not be modified.
type decoded struct {
	by     *Store
	object runtime.Object
}

// get returns the record of key, or nil, and the revision of the backend at that
// moment.
func (s *space) get(key string) (*record, int64) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	return s.lookup(key), s.backend.revision
}

// put stores data under key if previous is still the record of key (nil: the
// key does not exist), and reports whether it did. A ttl above 0 is the number
// of seconds after which the record is deleted unless it was replaced.
func (s *space) put(key string, previous *record, data []byte, ttl uint64) (*record, bool) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	if s.lookup(key) != previous {
		return nil, false
	}
	current := &record{data: data}
	current.revision = s.commit(key, current, previous)
	if ttl > 0 {
		current.expiry = time.AfterFunc(time.Duration(ttl)*time.Second, func() { s.delete(key, current) })
	}
	return current, true
}

// delete removes key if previous is still its record. It reports whether it did,
// and returns the revision.
func (s *space) delete(key string, previous *record) (int64, bool) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	if s.lookup(key) != previous {
		return 0, false
	}
	return s.commit(key, nil, previous), true
}

// snapshot returns the records at a revision (0: now), that revision, and the
// revision of the backend. The caller handles revisions above the latter. If the
// history does not reach back far enough, snapshot fails with errCompacted.
func (s *space) snapshot(at int64) (records *btree.BTreeG[entry], revision, now int64, err error) {
	s.backend.mu.Lock()
	now = s.backend.revision
	if at == 0 {
		at = now
	}
	if at < s.history.compacted {
		s.backend.mu.Unlock()
		return nil, 0, now, errCompacted
	}
	records = s.records.Clone()
	undo := s.history.after(at)
	s.backend.mu.Unlock()

	for i := len(undo) - 1; i >= 0; i-- {
		e := undo[i]
		if e.previous == nil {
			records.Delete(entry{key: e.key})
		} else {
			records.ReplaceOrInsert(entry{e.key, e.previous})
		}
	}
	return records, at, now, nil
}

// follow returns the events after a revision, the revision up to which they
// are complete, and a channel that is closed at the next event. It fails with
// errCompacted if some of the events are no longer in the history.
func (s *space) follow(after int64) (events []*event, upTo int64, changed <-chan struct{}, err error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	if after < s.history.compacted {
		return nil, 0, nil, errCompacted
	}
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.history.after(after), max(after, s.backend.revision), s.changed, nil
}

// compactRevision returns the revision of the last event that the history
// dropped, or 0 if it has dropped none.
func (s *space) compactRevision() int64 {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	return s.history.compacted
}

// lookup returns the record of key or nil. The backend must be locked.
func (s *space) lookup(key string) *record {
	e, _ := s.records.Get(entry{key: key})
	return e.record
}

// commit replaces the record of key (nil: there is none) and returns the
// revision of the change. The backend must be locked.
func (s *space) commit(key string, current, previous *record) int64 {
	s.backend.revision++
	if current == nil {
		s.records.Delete(entry{key: key})
	} else {
		s.records.ReplaceOrInsert(entry{key, current})
	}
	if previous != nil && previous.expiry != nil {
		previous.expiry.Stop()
	}
	s.history.add(&event{revision: s.backend.revision, key: key, current: current, previous: previous})
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
	return s.backend.revision
}
