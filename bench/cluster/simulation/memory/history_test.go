package memory

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/apis/example"
	"k8s.io/apiserver/pkg/storage"
	"pgregory.net/rapid"
)

// After any writes, every revision in the history can be listed as it was and watched
// from, and every older one gets 410.
func TestHistoryReachesAsFarAsItsLimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 8).Draw(rt, "limit")
		s := newTestStore(limit)
		state := map[string]string{} // pod name -> node name
		states := map[int64]map[string]string{s.backend.currentRevision(): maps.Clone(state)}
		steps := rapid.IntRange(0, 20).Draw(rt, "steps")
		for i := range steps {
			name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "name")
			if _, exists := state[name]; exists && rapid.Bool().Draw(rt, "delete") {
				if err := s.Delete(t.Context(), keyOf(name), &example.Pod{}, nil, storage.ValidateAllObjectFunc, nil, storage.DeleteOptions{}); err != nil {
					rt.Fatal(err)
				}
				delete(state, name)
			} else {
				state[name] = "node-" + strconv.Itoa(i)
				apply(t, s, pod(name, state[name]))
			}
			states[s.backend.currentRevision()] = maps.Clone(state)
		}

		now := s.backend.currentRevision()
		for revision, then := range states {
			listed, listErr := listAt(t, s, revision)
			watched, watchErr := replay(t, s, revision, then, now)
			if now-revision > int64(limit) {
				if !apierrors.IsResourceExpired(listErr) {
					rt.Errorf("list at %d of %d with history %d: %v, want expired", revision, now, limit, listErr)
				}
				if !apierrors.IsResourceExpired(watchErr) {
					rt.Errorf("watch from %d of %d with history %d: %v, want expired", revision, now, limit, watchErr)
				}
				continue
			}
			if listErr != nil || watchErr != nil {
				rt.Fatalf("at %d of %d with history %d: list %v, watch %v", revision, now, limit, listErr, watchErr)
			}
			if diff := cmp.Diff(then, listed); diff != "" {
				rt.Errorf("list at %d (-then +listed):\n%s", revision, diff)
			}
			if diff := cmp.Diff(state, watched); diff != "" {
				rt.Errorf("watch from %d to %d (-now +watched):\n%s", revision, now, diff)
			}
		}
	})
}

// listAt returns the node names at a revision, by pod name.
func listAt(t testing.TB, s *Store, revision int64) (map[string]string, error) {
	list := &example.PodList{}
	err := s.GetList(t.Context(), "/pods", storage.ListOptions{
		ResourceVersion: strconv.FormatInt(revision, 10), ResourceVersionMatch: metav1.ResourceVersionMatchExact,
		Predicate: storage.Everything, Recursive: true,
	}, list)
	nodes := map[string]string{}
	for _, p := range list.Items {
		nodes[p.Name] = p.Spec.NodeName
	}
	return nodes, err
}

// replay applies all watch events from one revision to another to a state.
func replay(t testing.TB, s *Store, from int64, state map[string]string, to int64) (map[string]string, error) {
	w := startWatch(t, s, strconv.FormatInt(from, 10))
	defer w.Stop()
	nodes := maps.Clone(state)
	for from < to {
		event, ok := next(t, w)
		if !ok {
			return nil, fmt.Errorf("watch closed at %d", from)
		}
		if event.Type == watch.Error {
			return nil, apierrors.FromObject(event.Object)
		}
		p := event.Object.(*example.Pod)
		if event.Type == watch.Deleted {
			delete(nodes, p.Name)
		} else {
			nodes[p.Name] = p.Spec.NodeName
		}
		version, err := s.versioner.ObjectResourceVersion(p)
		if err != nil {
			return nil, err
		}
		from = int64(version)
	}
	return nodes, nil
}

// A reader that stops reading does not delay writers. When it continues, it gets the
// delivered events in order, and then an error that it has missed some.
func TestSlowWatcherExpires(t *testing.T) {
	const history, writes = 10, 500
	s := newTestStore(history)
	w := startWatch(t, s, strconv.FormatInt(s.backend.currentRevision(), 10))
	for i := range writes {
		apply(t, s, pod("a", strconv.Itoa(i)))
	}
	delivered := 0
	for {
		event, ok := next(t, w)
		if !ok {
			t.Fatal("closed without an error")
		}
		if event.Type == watch.Error {
			if err := apierrors.FromObject(event.Object); !apierrors.IsResourceExpired(err) {
				t.Errorf("error %v, want expired", err)
			}
			break
		}
		if got := event.Object.(*example.Pod).Spec.NodeName; got != strconv.Itoa(delivered) {
			t.Fatalf("event %d is of write %s", delivered, got)
		}
		delivered++
	}
	if limit := watchBuffer + history; delivered > limit {
		t.Errorf("%d events were kept for the watch, want at most %d", delivered, limit)
	}
	if event, ok := next(t, w); ok {
		t.Errorf("event after the error: %v", event)
	}
}

// Objects created during a list are neither in it nor in its next pages.
func TestListShowsOneRevision(t *testing.T) {
	s := newTestStore(100)
	var want []string
	for i := range 6 {
		name := fmt.Sprintf("pod-%d", i)
		want = append(want, name)
		apply(t, s, pod(name, ""))
	}
	created := 0
	predicate := storage.SelectionPredicate{
		Label: labels.Everything(),
		Field: fields.OneTermNotEqualSelector("metadata.name", ""),
		GetAttrs: func(object runtime.Object) (labels.Set, fields.Set, error) {
			apply(t, s, pod(fmt.Sprintf("pod-%d-late", created), ""))
			created++
			return storage.DefaultNamespaceScopedAttr(object)
		},
		Limit: 2,
	}
	revision := strconv.FormatInt(s.backend.currentRevision(), 10)
	var got []string
	for {
		page := &example.PodList{}
		if err := s.GetList(t.Context(), "/pods", storage.ListOptions{Predicate: predicate, Recursive: true}, page); err != nil {
			t.Fatal(err)
		}
		if page.ResourceVersion != revision {
			t.Errorf("page with %v has revision %s, want %s", page.Items[0].Name, page.ResourceVersion, revision)
		}
		for _, p := range page.Items {
			got = append(got, p.Name)
		}
		if predicate.Continue = page.Continue; predicate.Continue == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}
