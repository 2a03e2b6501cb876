package memory

import (
	"context"
	"errors"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/storage"
	utilflowcontrol "k8s.io/apiserver/pkg/util/flowcontrol"
)

const (
	// watchBuffer is the number of events that a watch delivers ahead of its
	// reader, as upstream. It saves context switches. The real buffer is the
	// history.
	watchBuffer = 100

	watchExpired = "The resourceVersion for the provided watch is too old."
)

// A watcher is one watch: a cursor into the history of a space.
type watcher struct {
	store      *Store
	key        string
	recursive  bool
	predicate  storage.SelectionPredicate
	initial    []entry // sent as ADDED before the events
	endInitial bool    // send a bookmark after the initial objects
	seen       int64   // revision up to which changes are delivered
	bookmarks  bool    // send bookmarks from time to time
	ctx        context.Context
	cancel     context.CancelFunc
	results    chan watch.Event
}

// Watch implements [storage.Interface]. A watcher that falls behind the history
// gets an expired error and is closed. A watcher of a destroyed store is closed.
func (s *Store) Watch(ctx context.Context, key string, opts storage.ListOptions) (watch.Interface, error) {
	key, err := storage.PrepareKey(s.prefix, key, opts.Recursive)
	if err != nil {
		return nil, err
	}
	version, err := s.versioner.ParseResourceVersion(opts.ResourceVersion)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		store:     s,
		key:       key,
		recursive: opts.Recursive,
		predicate: opts.Predicate,
		seen:      int64(version),
		bookmarks: opts.ProgressNotify || opts.Predicate.AllowWatchBookmarks,
		results:   make(chan watch.Event, watchBuffer),
	}
	w.ctx, w.cancel = context.WithCancel(ctx)
	failure := w.start(opts.SendInitialEvents)
	go w.run(failure)
	utilflowcontrol.WatchInitialized(ctx)
	return w, nil
}

// start determines where the watch begins. The watch reports an error.
func (w *watcher) start(sendInitialEvents *bool) error {
	unset := sendInitialEvents == nil
	switch {
	case unset && w.seen == 0, !unset && *sendInitialEvents:
		records, revision, _, err := w.store.space.snapshot(0)
		if err != nil {
			return err
		}
		if w.seen > revision {
			return storage.NewTooLargeResourceVersionError(uint64(w.seen), uint64(revision), 1)
		}
		w.seen = revision
		w.initial = selectEntries(records, w.key, "", w.recursive)
		w.endInitial = !unset && w.predicate.AllowWatchBookmarks
	case w.seen == 0:
		w.seen = w.store.backend.currentRevision()
	}
	return nil
}

// Stop implements [watch.Interface].
func (w *watcher) Stop() { w.cancel() }

// ResultChan implements [watch.Interface].
func (w *watcher) ResultChan() <-chan watch.Event { return w.results }

// run delivers events until the watch is stopped or fails.
func (w *watcher) run(failure error) {
	defer close(w.results)
	defer w.cancel()
	defer context.AfterFunc(w.store.open, w.cancel)()

	if failure == nil {
		failure = w.deliverInitial()
	}
	if failure == nil {
		failure = w.deliverChanges()
	}
	if w.ctx.Err() == nil {
		w.send(watch.Error, errorStatus(failure))
	}
}

// deliverInitial sends the objects that exist at the start of the watch.
func (w *watcher) deliverInitial() error {
	for _, e := range w.initial {
		object, selected, err := w.view(e.record)
		if err != nil {
			return err
		}
		if selected && !w.send(watch.Added, shallowCopy(object)) {
			return w.ctx.Err()
		}
	}
	w.initial = nil
	if w.endInitial {
		return w.sendBookmark(true)
	}
	return nil
}

// deliverChanges follows the history until an error.
func (w *watcher) deliverChanges() error {
	var tick <-chan time.Time
	if w.bookmarks {
		ticker := time.NewTicker(w.store.backend.bookmarkInterval)
		defer ticker.Stop()
		tick = ticker.C
	}
	bookmarkDue := false
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		events, upTo, changed, err := w.store.space.follow(w.seen)
		if err != nil {
			return err
		}
		for _, e := range events {
			if err := w.deliver(e); err != nil {
				return err
			}
		}
		w.seen = upTo
		if bookmarkDue {
			if err := w.sendBookmark(false); err != nil {
				return err
			}
			bookmarkDue = false
		}
		select {
		case <-changed:
		case <-tick:
			bookmarkDue = true
		case <-w.ctx.Done():
		}
	}
}

// deliver sends the event for change e, if there is one for this watch. An object
// that starts to match the predicate is added, and one that stops is deleted.
func (w *watcher) deliver(e *event) error {
	if w.recursive && !strings.HasPrefix(e.key, w.key) || !w.recursive && e.key != w.key {
		return nil
	}
	current, isSelected, err := w.view(e.current)
	if err != nil {
		return err
	}
	var previous runtime.Object
	wasSelected := e.previous != nil
	if current == nil || !w.predicate.Empty() { // otherwise it need not be decoded
		if previous, wasSelected, err = w.view(e.previous); err != nil {
			return err
		}
	}

	var sent bool
	switch {
	case isSelected && wasSelected:
		sent = w.send(watch.Modified, shallowCopy(current))
	case isSelected:
		sent = w.send(watch.Added, shallowCopy(current))
	case wasSelected:
		// The old object, with the revision at which it was deleted.
		object := shallowCopy(previous)
		if err := w.store.versioner.UpdateObject(object, uint64(e.revision)); err != nil {
			return err
		}
		sent = w.send(watch.Deleted, object)
	default:
		return nil
	}
	if !sent {
		return w.ctx.Err()
	}
	return nil
}

// view returns the object of r, or nil if r is nil, and reports whether the watch
// selects it.
func (w *watcher) view(r *record) (object runtime.Object, selected bool, err error) {
	if r == nil {
		return nil, false, nil
	}
	if object, err = w.store.decode(r); err != nil {
		return nil, false, err
	}
	if w.predicate.Empty() {
		return object, true, nil
	}
	selected, err = w.predicate.Matches(object)
	return object, err == nil && selected, nil // cannot be judged: not selected, as upstream
}

// sendBookmark sends a bookmark: all changes up to w.seen are delivered.
func (w *watcher) sendBookmark(endInitial bool) error {
	object := w.store.newFunc()
	if err := w.store.versioner.UpdateObject(object, uint64(w.seen)); err != nil {
		return err
	}
	if endInitial {
		if err := storage.AnnotateInitialEventsEndBookmark(object); err != nil {
			return err
		}
	}
	if !w.send(watch.Bookmark, object) {
		return w.ctx.Err()
	}
	return nil
}

// send waits until there is room for the event and reports whether it was sent
// before the watch was stopped.
func (w *watcher) send(eventType watch.EventType, object runtime.Object) bool {
	select {
	case w.results <- watch.Event{Type: eventType, Object: object}:
		return true
	case <-w.ctx.Done():
		return false
	}
}

// errorStatus returns the status in an ERROR event for err.
func errorStatus(err error) runtime.Object {
	if errors.Is(err, errCompacted) {
		err = apierrors.NewResourceExpired(watchExpired)
	}
	var withStatus apierrors.APIStatus
	if !errors.As(err, &withStatus) {
		withStatus = apierrors.NewInternalError(err)
	}
	status := withStatus.Status()
	return &status
}
