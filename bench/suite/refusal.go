package suite

import (
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// refusalTime is how long an RGD has to stay refused before nobody waits for it any more.
// It is longer than KRO's timers, after which KRO takes back what only a race made it refuse.
const refusalTime = 5 * time.Second

// refused reports whether KRO refuses an object as it is. That is an RGD in state Inactive
// with a condition that is false. An instance in state ERROR is not: KRO tries again.
func refused(object map[string]any) bool {
	kind, _, _ := unstructured.NestedString(object, "kind")
	state, _, _ := unstructured.NestedString(object, "status", "state")
	if kind != "ResourceGraphDefinition" || state != "Inactive" {
		return false
	}
	for _, c := range conditions(object) {
		if c["status"] == "False" {
			return true
		}
	}
	return false
}

// complaint returns what KRO's conditions say of an object that is not ready, in one line,
// or "" if they say nothing. The condition Ready only sums up the others.
func complaint(object map[string]any) string {
	words := ""
	for _, c := range conditions(object) {
		message, _ := c["message"].(string)
		if c["status"] == "True" || message == "" || words != "" && c["type"] == "Ready" {
			continue
		}
		words = fmt.Sprintf("%v: %.500s", c["type"], strings.Join(strings.Fields(message), " "))
		if c["status"] == "False" && c["type"] != "Ready" {
			break
		}
	}
	return words
}

func conditions(object map[string]any) (all []map[string]any) {
	list, _, _ := unstructured.NestedSlice(object, "status", "conditions")
	for _, c := range list {
		if condition, ok := c.(map[string]any); ok {
			all = append(all, condition)
		}
	}
	return all
}
