package apiserver_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
)

func TestControlPaths(t *testing.T) {
	agent := fmt.Sprintf("counted-%d", time.Now().UnixNano()) // different for each run, even with -count
	counted := kubernetes.NewForConfigOrDie(&rest.Config{Host: serverURL, UserAgent: agent})
	for range 3 {
		if _, err := counted.CoreV1().ConfigMaps("default").List(t.Context(), metav1.ListOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var counts []bench.RequestCount
	get(t, "/perf-gate/v1/requests", &counts)
	var mine []bench.RequestCount
	for _, c := range counts {
		if strings.HasPrefix(c.Resource, "/perf-gate/") {
			t.Errorf("a control path is counted: %+v", c)
		}
		if c.UserAgent == agent {
			mine = append(mine, c)
		}
	}
	if len(mine) != 1 || mine[0].Verb != "list" || mine[0].Resource != "configmaps" || mine[0].Code != 200 || mine[0].Count != 3 || mine[0].ReceivedB == 0 {
		t.Errorf("counts of the client are %+v, want 3 lists of configmaps with their bytes", mine)
	}

	var answer struct {
		Quiet bool
		Last  time.Time
	}
	get(t, "/perf-gate/v1/quiet?window=1ms&timeout=1m", &answer)
	if !answer.Quiet || answer.Last.IsZero() {
		t.Errorf("window of 1ms: %+v, want quiet since a request", answer)
	}
	get(t, "/perf-gate/v1/quiet?window=1h&timeout=1ms", &answer)
	if answer.Quiet {
		t.Errorf("window of 1h: %+v, want no quiet", answer)
	}
	if code := get(t, "/perf-gate/v1/quiet?window=long", nil); code != http.StatusBadRequest {
		t.Errorf("an invalid window is answered with %d, want 400", code)
	}
}

// get decodes the answer to a control path, unless into is nil.
func get(t *testing.T, path string, into any) (code int) {
	t.Helper()
	response, err := http.Get(serverURL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if into != nil {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatal(err)
		}
	}
	return response.StatusCode
}
