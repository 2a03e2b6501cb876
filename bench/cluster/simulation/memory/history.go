package memory

import "sort"

// An event is one change of one key.
type event struct {
	revision int64
	key      string
	current  *record // nil: the key was deleted
	previous *record // nil: the key was created
}

// A history holds the latest events of one resource, oldest first, in a ring.
type history struct {
	limit     int
	events    []*event
	oldest    int   // index of the oldest event once the ring is full
	compacted int64 // revision of the last event dropped; 0 while none was
}

// add appends e and drops the oldest event if the ring is full.
func (h *history) add(e *event) {
	if len(h.events) < h.limit {
		h.events = append(h.events, e)
		return
	}
	h.compacted = h.events[h.oldest].revision
	h.events[h.oldest] = e
	h.oldest = (h.oldest + 1) % len(h.events)
}

// after returns the events with a revision above the given one, oldest first.
// It is complete only for revisions of at least h.compacted.
func (h *history) after(revision int64) []*event {
	n := len(h.events)
	at := func(i int) *event { return h.events[(h.oldest+i)%n] }
	first := sort.Search(n, func(i int) bool { return at(i).revision > revision })
	if first == n {
		return nil
	}
	events := make([]*event, 0, n-first)
	for i := first; i < n; i++ {
		events = append(events, at(i))
	}
	return events
}
