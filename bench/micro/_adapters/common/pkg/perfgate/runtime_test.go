package perfgate

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A reconcile evaluates an instance once. It returns the objects of the last resource
// and the object with the instance's status.
type reconcile func() (last []*unstructured.Unstructured, status *unstructured.Unstructured, err error)

// benchmarkRuntime measures what a reconcile evaluates between its requests, where all
// objects are in the cluster as they should be.
func benchmarkRuntime(b *testing.B) {
	for _, sweep := range []struct {
		shape string
		sizes []int
	}{
		{"flat", []int{10, 50}},
		{"chain", []int{10, 50}},
		{"ladder", []int{10, 20}},
		{"collection", []int{10, 100}},
	} {
		for _, n := range sweep.sizes {
			b.Run(fmt.Sprintf("op=runtime/shape=%s/n=%d", sweep.shape, n), func(b *testing.B) {
				// The size of a collection is the number of its items.
				resources, items := n, 0
				if sweep.shape == "collection" {
					resources, items = 1, n
				}
				evaluate := newReconcile(b, newRGD(sweep.shape, resources), newInstance(items))
				last, status, err := evaluate()
				if err != nil {
					b.Fatal(err)
				}
				objects, value, echo := 1, "one", "one"
				if sweep.shape == "collection" {
					objects, value, echo = n, fmt.Sprintf("one-%d", n-1), fmt.Sprint(n)
				}
				if len(last) != objects {
					b.Fatalf("the last resource has %d objects instead of %d", len(last), objects)
				}
				if got, _, _ := unstructured.NestedString(last[objects-1].Object, "data", "value"); got != value {
					b.Fatalf("the last object's value is %q instead of %q", got, value)
				}
				if got, _, _ := unstructured.NestedString(status.Object, "status", "echo"); got != echo {
					b.Fatalf("the status is %q instead of %q", got, echo)
				}
				loop(b, func() error {
					_, _, err := evaluate()
					return err
				})
			})
		}
	}
}
