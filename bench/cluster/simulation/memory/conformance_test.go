package memory

import (
	"context"
	"io"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/apitesting"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apiserver/pkg/apis/example"
	examplev1 "k8s.io/apiserver/pkg/apis/example/v1"
	"k8s.io/apiserver/pkg/storage"
	storagetesting "k8s.io/apiserver/pkg/storage/testing"
	"k8s.io/apiserver/pkg/storage/value"
	"k8s.io/apiserver/pkg/storage/value/encrypt/identity"
)

// The tests in this file run upstream's conformance suite for its own stores. Not
// run, because they test what this store does not have:
//
//   - RunTestListResourceVersionMatch creates objects whenever a stored value
//     is transformed on read; objects are decoded once here, not on each read.
//     TestListShowsOneRevision covers the behaviour.
//   - RunTestWatchWithUnsafeDelete needs the alpha feature
//     AllowUnsafeMalformedObjectDeletion, for values that encryption at rest
//     made unreadable.

var (
	testScheme = runtime.NewScheme()
	testCodec  = func() runtime.Codec {
		metav1.AddToGroupVersion(testScheme, metav1.SchemeGroupVersion)
		utilruntime.Must(example.AddToScheme(testScheme))
		utilruntime.Must(examplev1.AddToScheme(testScheme))
		return apitesting.TestCodec(serializer.NewCodecFactory(testScheme), examplev1.SchemeGroupVersion)
	}()
)

func newPod() runtime.Object { return &example.Pod{} }

func newTestStore(history int) *Store {
	return newStore(NewBackend(history), "/pods/", testCodec, newPod)
}

// withBookmarks returns a store that sends bookmarks more often than once a minute.
func withBookmarks() *Store {
	s := newTestStore(2000)
	s.backend.bookmarkInterval = 100 * time.Millisecond
	return s
}

// increaseRV writes to another resource.
func increaseRV(s *Store) storagetesting.IncreaseRVFunc {
	return func(context.Context, *testing.T) int64 {
		s.backend.mu.Lock()
		defer s.backend.mu.Unlock()
		s.backend.revision++
		return s.backend.revision
	}
}

// compact drops the history up to and including a revision. It counts as a write,
// because upstream records compactions in etcd.
func compact(s *Store) storagetesting.Compaction {
	return func(_ context.Context, t *testing.T, resourceVersion string) {
		revision, err := s.versioner.ParseResourceVersion(resourceVersion)
		if err != nil {
			t.Fatal(err)
		}
		s.backend.mu.Lock()
		defer s.backend.mu.Unlock()
		h := &s.space.history
		h.events = h.after(int64(revision))
		h.oldest = 0
		h.compacted = int64(revision)
		s.backend.revision++
	}
}

// checkStored checks the stored object of a key.
func checkStored(s *Store) storagetesting.KeyValidation {
	return func(_ context.Context, t *testing.T, key string) {
		r, _ := s.space.get(key)
		if r == nil {
			t.Fatalf("nothing stored under %s", key)
		}
		object, err := runtime.Decode(s.codec, r.data)
		if err != nil {
			t.Fatal(err)
		}
		if version := object.(*example.Pod).ResourceVersion; version != "" {
			t.Errorf("stored resourceVersion %q, want none", version)
		}
	}
}

// anyCalls accepts any number of reads from etcd, as there are none.
func anyCalls(*testing.T, uint64, uint64) {}

// transformedStore is a store whose codec has a value transformer. The suite exchanges
// the transformer to make stored values unreadable or stale. Each exchange makes a new
// store over the same records, as for an edited custom resource.
type transformedStore struct {
	*Store
	transformer storagetesting.PrefixTransformer
}

func newTransformedStore() *transformedStore {
	transformer := storagetesting.NewPrefixTransformer([]byte("test!"), false)
	s := newTestStore(2000)
	s.codec = transformingCodec{testCodec, transformer}
	return &transformedStore{Store: s, transformer: *transformer}
}

func (s *transformedStore) UpdatePrefixTransformer(modify storagetesting.PrefixTransformerModifier) func() {
	original, transformer := s.Store, s.transformer
	s.Store = newStore(original.backend, original.prefix, transformingCodec{testCodec, modify(&transformer)}, newPod)
	return func() { s.Store = original }
}

// transformingCodec applies a value transformer to the encoding of a codec.
type transformingCodec struct {
	runtime.Codec
	transformer value.Transformer
}

func (c transformingCodec) Encode(object runtime.Object, w io.Writer) error {
	plain, err := runtime.Encode(c.Codec, object)
	if err != nil {
		return err
	}
	data, err := c.transformer.TransformToStorage(context.Background(), plain, value.DefaultContext{})
	if err != nil {
		return storage.NewInternalError(err)
	}
	// A stale value is one that would be written differently now.
	if _, stale, err := c.transformer.TransformFromStorage(context.Background(), data, value.DefaultContext{}); err == nil && stale {
		data = append(data, '\n')
	}
	_, err = w.Write(data)
	return err
}

func (c transformingCodec) Decode(data []byte, defaults *schema.GroupVersionKind, into runtime.Object) (runtime.Object, *schema.GroupVersionKind, error) {
	plain, _, err := c.transformer.TransformFromStorage(context.Background(), data, value.DefaultContext{})
	if err != nil {
		return nil, nil, storage.NewInternalError(err)
	}
	return c.Codec.Decode(plain, defaults, into)
}

func TestConformance(t *testing.T) {
	plain := func(test func(context.Context, *testing.T, storage.Interface)) func(*testing.T) {
		return func(t *testing.T) { test(t.Context(), t, newTestStore(2000)) }
	}
	for name, test := range map[string]func(*testing.T){
		"CreateWithTTL":                              plain(storagetesting.RunTestCreateWithTTL),
		"CreateWithKeyExist":                         plain(storagetesting.RunTestCreateWithKeyExist),
		"Get":                                        plain(storagetesting.RunTestGet),
		"UnconditionalDelete":                        plain(storagetesting.RunTestUnconditionalDelete),
		"ConditionalDelete":                          plain(storagetesting.RunTestConditionalDelete),
		"DeleteWithSuggestion":                       plain(storagetesting.RunTestDeleteWithSuggestion),
		"DeleteWithSuggestionAndConflict":            plain(storagetesting.RunTestDeleteWithSuggestionAndConflict),
		"DeleteWithConflict":                         plain(storagetesting.RunTestDeleteWithConflict),
		"DeleteWithSuggestionOfDeletedObject":        plain(storagetesting.RunTestDeleteWithSuggestionOfDeletedObject),
		"ValidateDeletionWithSuggestion":             plain(storagetesting.RunTestValidateDeletionWithSuggestion),
		"ValidateDeletionWithOnlySuggestionValid":    plain(storagetesting.RunTestValidateDeletionWithOnlySuggestionValid),
		"PreconditionalDeleteWithSuggestion":         plain(storagetesting.RunTestPreconditionalDeleteWithSuggestion),
		"PreconditionalDeleteWithOnlySuggestionPass": plain(storagetesting.RunTestPreconditionalDeleteWithOnlySuggestionPass),
		"GetListRecursivePrefix":                     plain(storagetesting.RunTestGetListRecursivePrefix),
		"GuaranteedUpdateWithTTL":                    plain(storagetesting.RunTestGuaranteedUpdateWithTTL),
		"GuaranteedUpdateWithConflict":               plain(storagetesting.RunTestGuaranteedUpdateWithConflict),
		"GuaranteedUpdateWithSuggestionAndConflict":  plain(storagetesting.RunTestGuaranteedUpdateWithSuggestionAndConflict),
		"ListPaging":                                 plain(storagetesting.RunTestListPaging),
		"NamespaceScopedList":                        plain(storagetesting.RunTestNamespaceScopedList),
		"KeySchema":                                  plain(storagetesting.RunTestKeySchema),
		"Watch":                                      plain(storagetesting.RunTestWatch),
		"DeleteTriggerWatch":                         plain(storagetesting.RunTestDeleteTriggerWatch),
		"WatchFromNonZero":                           plain(storagetesting.RunTestWatchFromNonZero),
		"DelayedWatchDelivery":                       plain(storagetesting.RunTestDelayedWatchDelivery),
		"WatchContextCancel":                         plain(storagetesting.RunTestWatchContextCancel),
		"WatcherTimeout":                             plain(storagetesting.RunTestWatcherTimeout),
		"WatchDeleteEventObjectHaveLatestRV":         plain(storagetesting.RunTestWatchDeleteEventObjectHaveLatestRV),
		"WatchInitializationSignal":                  plain(storagetesting.RunTestWatchInitializationSignal),
		"ClusterScopedWatch":                         plain(storagetesting.RunTestClusterScopedWatch),
		"NamespaceScopedWatch":                       plain(storagetesting.RunTestNamespaceScopedWatch),
		"SendInitialEventsBackwardCompatibility":     plain(storagetesting.RunSendInitialEventsBackwardCompatibility),
		"WatchSemantics":                             plain(storagetesting.RunWatchSemantics),
		"WatchSemanticInitialEventsExtended":         plain(storagetesting.RunWatchSemanticInitialEventsExtended),
		"WatchListMatchSingle":                       plain(storagetesting.RunWatchListMatchSingle),

		"Create": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestCreate(t.Context(), t, s, checkStored(s))
		},
		"GuaranteedUpdate": func(t *testing.T) {
			s := newTransformedStore()
			storagetesting.RunTestGuaranteedUpdate(t.Context(), t, s, checkStored(s.Store))
		},
		"GuaranteedUpdateChecksStoredData": func(t *testing.T) {
			storagetesting.RunTestGuaranteedUpdateChecksStoredData(t.Context(), t, newTransformedStore())
		},
		"TransformationFailure": func(t *testing.T) {
			storagetesting.RunTestTransformationFailure(t.Context(), t, newTransformedStore())
		},
		"List": func(t *testing.T) {
			s := newTestStore(2000)
			// The recorder counts the requests of a watch cache to etcd. There is none.
			storagetesting.RunTestList(t.Context(), t, s, compact(s), false, nil)
		},
		"ConsistentList": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestConsistentList(t.Context(), t, s, increaseRV(s), false, true, false)
		},
		"GetListNonRecursive": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestGetListNonRecursive(t.Context(), t, increaseRV(s), s)
		},
		"ListContinuation": func(t *testing.T) {
			storagetesting.RunTestListContinuation(t.Context(), t, newTestStore(2000), anyCalls)
		},
		"ListContinuationWithFilter": func(t *testing.T) {
			storagetesting.RunTestListContinuationWithFilter(t.Context(), t, newTestStore(2000), anyCalls)
		},
		"ListPaginationRareObject": func(t *testing.T) {
			storagetesting.RunTestListPaginationRareObject(t.Context(), t, newTestStore(2000), anyCalls)
		},
		"ListInconsistentContinuation": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestListInconsistentContinuation(t.Context(), t, s, compact(s))
		},
		"CompactRevision": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestCompactRevision(t.Context(), t, s, increaseRV(s), compact(s))
		},
		"Stats": func(t *testing.T) {
			storagetesting.RunTestStats(t.Context(), t, newTestStore(2000), testCodec, identity.NewEncryptCheckTransformer(), false)
		},
		"StatsWithSizes": func(t *testing.T) {
			s := newTestStore(2000)
			keys := func(context.Context) ([]string, error) { return nil, nil }
			if err := s.EnableResourceSizeEstimation(keys); err != nil {
				t.Fatal(err)
			}
			storagetesting.RunTestStats(t.Context(), t, s, testCodec, identity.NewEncryptCheckTransformer(), true)
		},
		"WatchFromZero": func(t *testing.T) {
			s := newTestStore(2000)
			storagetesting.RunTestWatchFromZero(t.Context(), t, s, compact(s))
		},
		"WatchError": func(t *testing.T) {
			storagetesting.RunTestWatchError(t.Context(), t, newTransformedStore())
		},
		"WatchErrorIsBlockingFurtherEvents": func(t *testing.T) {
			storagetesting.RunWatchErrorIsBlockingFurtherEvents(t.Context(), t, newTransformedStore())
		},
		"ProgressNotify": func(t *testing.T) {
			s := withBookmarks()
			storagetesting.RunOptionalTestProgressNotify(t.Context(), t, s, increaseRV(s))
		},
		"WatchDispatchBookmarkEvents": func(t *testing.T) {
			storagetesting.RunTestWatchDispatchBookmarkEvents(t.Context(), t, withBookmarks(), true)
		},
		"WatchBookmarksWithCorrectResourceVersion": func(t *testing.T) {
			storagetesting.RunTestOptionalWatchBookmarksWithCorrectResourceVersion(t.Context(), t, withBookmarks())
		},
	} {
		t.Run(name, test)
	}
}
