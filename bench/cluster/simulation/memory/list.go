package memory

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/btree"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/storage"
)

// The messages of the etcd store, which clients may show.
const (
	listExpired     = "The resourceVersion for the provided list is too old."
	continueExpired = "The provided continue parameter is too old " +
		"to display a consistent list result. You can start a new list without " +
		"the continue parameter, or use the continue token in this response to " +
		"retrieve the remainder of the results. Continuing with the provided " +
		"token results in an inconsistent list - objects that were created, " +
		"modified, or deleted between the time the first chunk was returned " +
		"and now may show up in the list."
)

// GetList implements [storage.Interface].
func (s *Store) GetList(ctx context.Context, key string, opts storage.ListOptions, listObj runtime.Object) error {
	key, err := storage.PrepareKey(s.prefix, key, opts.Recursive)
	if err != nil {
		return err
	}
	items, err := itemsOf(listObj)
	if err != nil {
		return err
	}
	at, from, err := storage.ValidateListOptions(key, s.versioner, opts)
	if err != nil {
		return err
	}
	records, revision, now, err := s.space.snapshot(at)
	switch {
	case errors.Is(err, errCompacted):
		return compactedList(key, from)
	case err != nil:
		return err
	case revision > now:
		return storage.NewTooLargeResourceVersionError(uint64(revision), uint64(now), 0)
	}
	if err := s.checkNotOlderThan(opts.ResourceVersion, now); err != nil {
		return err
	}

	entries := selectEntries(records, key, from, opts.Recursive)
	last, more, err := s.appendItems(ctx, items, entries, opts.Predicate)
	if err != nil {
		return err
	}
	token, remaining, err := storage.PrepareContinueToken(last, key, revision, int64(len(entries)), more, opts)
	if err != nil {
		return err
	}
	return s.versioner.UpdateList(listObj, uint64(revision), token, remaining)
}

// appendItems appends the objects that match the predicate to items, up to its
// limit. It returns the last key it looked at, and reports whether there are more.
func (s *Store) appendItems(
	ctx context.Context, items reflect.Value, entries []entry, predicate storage.SelectionPredicate,
) (last string, more bool, err error) {
	limit := int(predicate.Limit)
	if predicate.Empty() {
		size := len(entries)
		if limit > 0 {
			size = min(size, limit)
		}
		items.Grow(size)
	}
	for _, e := range entries {
		if limit > 0 && items.Len() >= limit {
			more = true
			break
		}
		last = e.key
		if ctx.Err() != nil {
			return "", false, storage.NewTimeoutError(e.key, "request did not complete within requested timeout")
		}
		object, err := s.decode(e.record)
		if err != nil {
			return "", false, err
		}
		// An object that the predicate cannot judge is not selected, as upstream.
		if matched, err := predicate.Matches(object); err != nil || !matched {
			continue
		}
		n := items.Len()
		items.Grow(1)
		items.SetLen(n + 1)
		if err := assign(items.Index(n), shallowStruct(object)); err != nil {
			return "", false, err
		}
	}
	if items.IsNil() {
		items.Set(reflect.MakeSlice(items.Type(), 0, 0)) // encodes as [], not null
	}
	return last, more, nil
}

// selectEntries returns the entries with the prefix key, from the key from if it
// is set. If not recursive, it returns the entry with exactly that key.
func selectEntries(records *btree.BTreeG[entry], key, from string, recursive bool) []entry {
	if !recursive {
		if e, ok := records.Get(entry{key: key}); ok {
			return []entry{e}
		}
		return nil
	}
	if from == "" {
		from = key
	}
	var entries []entry
	records.AscendGreaterOrEqual(entry{key: from}, func(e entry) bool {
		if !strings.HasPrefix(e.key, key) {
			return false
		}
		entries = append(entries, e)
		return true
	})
	return entries
}

// itemsOf returns the slice of items of a list object.
func itemsOf(listObj runtime.Object) (reflect.Value, error) {
	pointer, err := meta.GetItemsPtr(listObj)
	if err != nil {
		return reflect.Value{}, err
	}
	items, err := conversion.EnforcePtr(pointer)
	if err != nil {
		return reflect.Value{}, err
	}
	if items.Kind() != reflect.Slice {
		return reflect.Value{}, fmt.Errorf("items of %T are not a slice", listObj)
	}
	return items, nil
}

// compactedList returns the error for a list at a revision that is no longer in
// the history. For a list that continues at a key, the error contains a token to
// continue there at the current revision.
func compactedList(prefix, from string) error {
	if from == "" {
		return apierrors.NewResourceExpired(listExpired)
	}
	token, err := storage.EncodeContinue(from, prefix, -1)
	if err != nil {
		return apierrors.NewInternalError(err)
	}
	expired := apierrors.NewResourceExpired(continueExpired)
	expired.ErrStatus.Continue = token
	return expired
}
