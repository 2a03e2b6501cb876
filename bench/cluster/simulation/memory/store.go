package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync/atomic"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/conversion"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/storage"
)

// A Store is one view of one resource in a [Backend]: it reads and writes the
// resource's records with its own codec.
type Store struct {
	backend   *Backend
	space     *space
	prefix    string // of all keys of the resource, ends in "/"
	codec     runtime.Codec
	newFunc   func() runtime.Object
	versioner storage.Versioner

	estimateSize atomic.Bool

	open    context.Context // done once the store is destroyed
	destroy context.CancelFunc
}

var _ storage.Interface = (*Store)(nil)

func newStore(b *Backend, prefix string, codec runtime.Codec, newFunc func() runtime.Object) *Store {
	prefix = strings.TrimSuffix(prefix, "/") + "/"
	s := &Store{
		backend:   b,
		space:     b.space(prefix),
		prefix:    prefix,
		codec:     codec,
		newFunc:   newFunc,
		versioner: storage.APIObjectVersioner{},
	}
	s.open, s.destroy = context.WithCancel(context.Background())
	return s
}

// Versioner implements [storage.Interface].
func (s *Store) Versioner() storage.Versioner { return s.versioner }

// Get implements [storage.Interface].
func (s *Store) Get(_ context.Context, key string, opts storage.GetOptions, out runtime.Object) error {
	key, err := storage.PrepareKey(s.prefix, key, false)
	if err != nil {
		return err
	}
	to, err := settable(out)
	if err != nil {
		return err
	}
	r, now := s.space.get(key)
	if err := s.checkNotOlderThan(opts.ResourceVersion, now); err != nil {
		return err
	}
	if r == nil {
		if opts.IgnoreNotFound {
			return runtime.SetZeroValue(out)
		}
		return storage.NewKeyNotFoundError(key, 0)
	}
	object, err := s.decode(r)
	if err != nil {
		return err
	}
	return assign(to, shallowStruct(object))
}

// Create implements [storage.Interface].
func (s *Store) Create(ctx context.Context, key string, obj, out runtime.Object, ttl uint64) error {
	key, err := storage.PrepareKey(s.prefix, key, false)
	if err != nil {
		return err
	}
	if version, err := s.versioner.ObjectResourceVersion(obj); err == nil && version != 0 {
		return storage.ErrResourceVersionSetOnCreate
	}
	data, err := s.encode(obj)
	if err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	r, ok := s.space.put(key, nil, data, ttl)
	if !ok {
		return storage.NewKeyExistsError(key, 0)
	}
	if out == nil {
		return nil
	}
	to, err := settable(out)
	if err != nil {
		return err
	}
	return s.written(r, r.revision, to)
}

// Delete implements [storage.Interface]. It ignores the suggested existing
// object, as the interface permits, because reading the current one costs nothing.
func (s *Store) Delete(
	ctx context.Context, key string, out runtime.Object, preconditions *storage.Preconditions,
	validateDeletion storage.ValidateObjectFunc, _ runtime.Object, _ storage.DeleteOptions,
) error {
	key, err := storage.PrepareKey(s.prefix, key, false)
	if err != nil {
		return err
	}
	to, err := settable(out)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, _ := s.space.get(key)
		if r == nil {
			return storage.NewKeyNotFoundError(key, 0)
		}
		object, err := s.decode(r)
		if err != nil {
			return err
		}
		existing := shallowCopy(object)
		if err := preconditions.Check(key, existing); err != nil {
			return err
		}
		if err := validateDeletion(ctx, existing); err != nil {
			return err
		}
		if revision, ok := s.space.delete(key, r); ok {
			return s.written(r, revision, to)
		}
	}
}

// GuaranteedUpdate implements [storage.Interface]. It ignores the suggested
// existing object, as the interface permits, because reading the current one costs
// nothing.
func (s *Store) GuaranteedUpdate(
	ctx context.Context, key string, destination runtime.Object, ignoreNotFound bool,
	preconditions *storage.Preconditions, tryUpdate storage.UpdateFunc, _ runtime.Object,
) error {
	key, err := storage.PrepareKey(s.prefix, key, false)
	if err != nil {
		return err
	}
	to, err := settable(destination)
	if err != nil {
		return err
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		r, _ := s.space.get(key)
		existing, version, err := s.updatable(key, r, to.Type(), ignoreNotFound)
		if err != nil {
			return err
		}
		if err := preconditions.Check(key, existing); err != nil {
			return err
		}
		updated, ttl, err := tryUpdate(existing, storage.ResponseMeta{ResourceVersion: version})
		if err != nil {
			return err
		}
		data, err := s.encode(updated)
		if err != nil {
			return err
		}
		if r != nil && bytes.Equal(data, r.data) {
			return s.written(r, r.revision, to)
		}
		var seconds uint64
		if ttl != nil {
			seconds = *ttl
		}
		if r, ok := s.space.put(key, r, data, seconds); ok {
			return s.written(r, r.revision, to)
		}
	}
}

// updatable returns an object that an update function can modify, and its
// resource version. It is the object of r. If r is nil and that is allowed, it is
// an empty object of the given struct type.
func (s *Store) updatable(key string, r *record, empty reflect.Type, ignoreNotFound bool) (runtime.Object, uint64, error) {
	switch {
	case r != nil:
		object, err := s.decode(r)
		if err != nil {
			return nil, 0, err
		}
		return object.DeepCopyObject(), uint64(r.revision), nil
	case ignoreNotFound:
		return reflect.New(empty).Interface().(runtime.Object), 0, nil
	default:
		return nil, 0, storage.NewKeyNotFoundError(key, 0)
	}
}

// encode returns the bytes to store for obj. It clears the resource version in
// obj, which is not stored.
func (s *Store) encode(obj runtime.Object) ([]byte, error) {
	if err := s.versioner.PrepareObjectForStorage(obj); err != nil {
		return nil, fmt.Errorf("PrepareObjectForStorage failed: %w", err)
	}
	return runtime.Encode(s.codec, obj)
}

// written sets to to a copy of the object of r at a revision. For a deleted
// object, that is the revision of the deletion. The copy is deep, because it
// belongs to the writer.
func (s *Store) written(r *record, revision int64, to reflect.Value) error {
	object, err := s.decode(r)
	if err != nil {
		return err
	}
	object = object.DeepCopyObject()
	if err := s.versioner.UpdateObject(object, uint64(revision)); err != nil {
		return err
	}
	return assign(to, reflect.ValueOf(object).Elem())
}

// settable returns the struct that out points to.
func settable(out runtime.Object) (reflect.Value, error) {
	to, err := conversion.EnforcePtr(out)
	if err != nil {
		return reflect.Value{}, fmt.Errorf("unable to convert output object to pointer: %w", err)
	}
	return to, nil
}

// checkNotOlderThan returns an error if the backend has not reached a resource
// version that the caller has already seen.
func (s *Store) checkNotOlderThan(resourceVersion string, now int64) error {
	if resourceVersion == "" {
		return nil
	}
	minimum, err := s.versioner.ParseResourceVersion(resourceVersion)
	if err != nil {
		return apierrors.NewBadRequest(fmt.Sprintf("invalid resource version: %v", err))
	}
	if minimum > uint64(now) {
		return storage.NewTooLargeResourceVersionError(minimum, uint64(now), 0)
	}
	return nil
}

// GetCurrentResourceVersion implements [storage.Interface].
func (s *Store) GetCurrentResourceVersion(context.Context) (uint64, error) {
	return uint64(s.backend.currentRevision()), nil
}

// CompactRevision implements [storage.Interface].
func (s *Store) CompactRevision() int64 { return s.space.compactRevision() }

// ReadinessCheck implements [storage.Interface].
func (s *Store) ReadinessCheck() error { return nil }

// RequestWatchProgress implements [storage.Interface]. The answer is optional,
// and only the watch cache, which this store makes unnecessary, asks.
func (s *Store) RequestWatchProgress(context.Context) error { return nil }

// Stats implements [storage.Interface].
func (s *Store) Stats(context.Context) (storage.Stats, error) {
	records, _, _, err := s.space.snapshot(0)
	if err != nil {
		return storage.Stats{}, err
	}
	stats := storage.Stats{ObjectCount: int64(records.Len())}
	if s.estimateSize.Load() && records.Len() > 0 {
		var size int64
		records.Ascend(func(e entry) bool {
			size += int64(len(e.record.data))
			return true
		})
		stats.EstimatedAverageObjectSizeBytes = size / stats.ObjectCount
	}
	return stats, nil
}

// EnableResourceSizeEstimation implements [storage.Interface]. The keys are
// not needed, as all sizes are known.
func (s *Store) EnableResourceSizeEstimation(keys storage.KeysFunc) error {
	if keys == nil {
		return errors.New("KeysFunc cannot be nil")
	}
	if s.estimateSize.Swap(true) {
		return errors.New("resource size estimation is already enabled")
	}
	return nil
}
