package suite

import (
	"context"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// Instances changes and watches the instances of one RGD in the lab's namespace.
type Instances struct {
	RGD   RGD
	lab   *Lab
	watch *Watch
}

// Instances starts to watch the instances of an RGD, until ctx is done.
func (l *Lab) Instances(ctx context.Context, r RGD) (*Instances, error) {
	watch, err := l.Watch(ctx, r.Resource(), l.Namespace)
	if err != nil {
		return nil, err
	}
	return &Instances{RGD: r, lab: l, watch: watch}, nil
}

func (s *Instances) client() dynamic.ResourceInterface {
	return s.lab.Client.Resource(s.RGD.Resource()).Namespace(s.lab.Namespace)
}

// Create creates an instance and returns the time at which it was seen to be ACTIVE.
func (s *Instances) Create(ctx context.Context, name, value string) (time.Time, error) {
	expected := s.watch.Expect(name, active(value))
	object := s.RGD.Instance(s.lab.Namespace, name, value)
	if _, err := s.client().Create(ctx, object, metav1.CreateOptions{}); err != nil {
		return time.Time{}, err
	}
	return expected.Wait(ctx)
}

// Update changes an instance's value and returns the time at which the change was seen
// to have reached all its resources.
func (s *Instances) Update(ctx context.Context, name, value string) (time.Time, error) {
	expected := s.watch.Expect(name, active(value))
	patch := fmt.Appendf(nil, `{"spec":{"value":%q}}`, value)
	if _, err := s.client().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return time.Time{}, err
	}
	return expected.Wait(ctx)
}

// Read reads an instance and returns the time at which the answer was received.
func (s *Instances) Read(ctx context.Context, name string) (time.Time, error) {
	_, err := s.client().Get(ctx, name, metav1.GetOptions{})
	return time.Now(), err
}

// Delete deletes an instance and returns the time at which it was seen to be gone.
func (s *Instances) Delete(ctx context.Context, name string) (time.Time, error) {
	expected := s.watch.Expect(name, Gone)
	if err := s.client().Delete(ctx, name, metav1.DeleteOptions{}); err != nil {
		return time.Time{}, err
	}
	return expected.Wait(ctx)
}

// Touch annotates an instance's first ConfigMap. KRO then reconciles the instance and
// finds nothing to do. No event shows that outcome, so Touch returns once the request is
// answered.
func (s *Instances) Touch(ctx context.Context, name string) error {
	maps := s.lab.Client.Resource(ConfigMaps).Namespace(s.lab.Namespace)
	patch := []byte(`{"metadata":{"annotations":{"perf-gate/touched":"1"}}}`)
	_, err := maps.Patch(ctx, name+"-"+MapID(0), types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// active returns the condition that an instance is ACTIVE and its last resource has the
// value.
func active(value string) Condition {
	return func(instance Object, _ bool) bool {
		return instance.Status.State == "ACTIVE" && instance.Status.Echo == value
	}
}
