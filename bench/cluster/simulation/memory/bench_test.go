package memory

import (
	"strconv"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/apis/example"
	"k8s.io/apiserver/pkg/storage"
)

// twoKilobytes returns a pod that encodes to about 2 KB.
func twoKilobytes(name string) *example.Pod {
	p := pod(name, "")
	p.Annotations = map[string]string{"filler": strings.Repeat("x", 1800)}
	return p
}

func BenchmarkGet(b *testing.B) {
	s := newTestStore(2000)
	apply(b, s, twoKilobytes("a"))
	var out example.Pod
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Get(b.Context(), keyOf("a"), storage.GetOptions{}, &out); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreate(b *testing.B) {
	s := newTestStore(2000)
	p := twoKilobytes("a")
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p.Name = "pod-" + strconv.Itoa(i)
		if err := s.Create(b.Context(), keyOf(p.Name), p, nil, 0); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode measures the codec's part of BenchmarkCreate.
func BenchmarkEncode(b *testing.B) {
	p := twoKilobytes("a")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := runtime.Encode(testCodec, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdateWatched(b *testing.B) {
	s := newTestStore(2000)
	apply(b, s, twoKilobytes("a"))
	w := startWatch(b, s, "")
	<-w.ResultChan()
	var out example.Pod
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		err := s.GuaranteedUpdate(b.Context(), keyOf("a"), &out, false, nil,
			storage.SimpleUpdate(func(object runtime.Object) (runtime.Object, error) {
				object.(*example.Pod).Spec.NodeName = strconv.Itoa(i)
				return object, nil
			}), nil)
		if err != nil {
			b.Fatal(err)
		}
		<-w.ResultChan()
	}
}

func BenchmarkList500(b *testing.B) {
	s := newTestStore(2000)
	for i := range 500 {
		apply(b, s, twoKilobytes("pod-"+strconv.Itoa(i)))
	}
	b.ReportAllocs()
	for b.Loop() {
		list := &example.PodList{}
		if err := s.GetList(b.Context(), "/pods", storage.ListOptions{Predicate: storage.Everything, Recursive: true}, list); err != nil {
			b.Fatal(err)
		}
	}
}
