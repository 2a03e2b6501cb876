package suite

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func rgd(state, accepted, message string) map[string]any {
	return map[string]any{
		"kind": "ResourceGraphDefinition", "metadata": map[string]any{"name": "a"},
		"status": map[string]any{"state": state, "conditions": []any{
			map[string]any{"type": "Ready", "status": accepted, "message": "not accepted"},
			map[string]any{"type": "GraphAccepted", "status": accepted, "message": message},
		}},
	}
}

// TestRefusedRGD waits for an RGD that KRO refuses, for one that it refuses at first, and for
// an instance in state ERROR, with which KRO tries again.
func TestRefusedRGD(t *testing.T) {
	bad := rgd("Inactive", "False", "undefined field 'valeu'\n | ....^")
	instance := map[string]any{"kind": "App", "metadata": map[string]any{"name": "a"}, "status": map[string]any{
		"state": "ERROR", "conditions": []any{map[string]any{"type": "ResourcesReady", "status": "False", "message": "no quota"}},
	}}
	for name, tt := range map[string]struct {
		events []map[string]any
		after  time.Duration
		want   string // "" if the condition is met
	}{
		"refused":          {[]map[string]any{bad}, refusalTime, `a was last seen in state "Inactive": KRO says GraphAccepted: undefined field 'valeu' | ....^`},
		"refused at first": {[]map[string]any{bad, rgd("Active", "True", "")}, 0, ""},
		"not decided":      {[]map[string]any{rgd("Inactive", "Unknown", "compiling")}, time.Minute, `a was last seen in state "Inactive": KRO says GraphAccepted: compiling`},
		"instance":         {[]map[string]any{instance}, time.Minute, `a was last seen in state "ERROR": KRO says ResourcesReady: no quota`},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				watch := &Watch{waiting: make(map[string]*Expectation), stream: &stream{ended: make(chan struct{})}}
				expected := watch.Expect("a", func(o map[string]any, _ bool) (bool, error) {
					state, _, _ := unstructured.NestedString(o, "status", "state")
					return state == "Active", nil
				})
				began := time.Now()
				for _, e := range tt.events {
					watch.receive(e, false, time.Now())
				}
				_, err := expected.Wait(ctx)
				if time.Since(began) != tt.after {
					t.Errorf("it waits for %s, want %s", time.Since(began), tt.after)
				}
				if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.want)) {
					t.Errorf("Wait() = %v, want %s", err, tt.want)
				}
			})
		})
	}
}
