package directory

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
)

const app = `apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: app}
spec: {schema: {apiVersion: v1alpha1, kind: App, spec: {port: integer}}}
---
apiVersion: kro.run/v1alpha1
kind: App
metadata: {name: app}
spec: {port: 80}
`

func write(t *testing.T, dir, file, content string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsNameNoMachinePaths(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "perf/app", "app.yaml", app)
	absolute, err := filepath.Abs("perf/app")
	if err != nil {
		t.Fatal(err)
	}
	var digests []string
	for name, want := range map[string]string{"perf/app": "perf/app", "./perf/app": "./perf/app", absolute: "app"} {
		d, err := Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if plan := d.Plan(); plan.Dir != want || plan.Suite != "app" {
			t.Errorf("%s is in the plan as %+v, want %s", name, plan, want)
		}
		digests = append(digests, d.Plan().Digest)
	}
	if digests[0] != digests[1] || digests[0] != digests[2] {
		t.Errorf("the same files have the digests %v", digests)
	}
}

// TestAgain opens the workloads of a plan in another process than the one that made it.
func TestAgain(t *testing.T) {
	t.Chdir(t.TempDir())
	elsewhere := filepath.Join(t.TempDir(), "app")
	write(t, elsewhere, "app.yaml", app)
	d, err := Open(elsewhere)
	if err != nil {
		t.Fatal(err)
	}
	plan := bench.Plan{Workloads: []bench.Workload{d.Plan()}}
	if _, err := Again(plan, nil); err == nil || err.Error() != "workload app: there is no such directory" {
		t.Errorf("without its path: %v", err)
	}
	if list, err := Again(plan, []string{elsewhere}); err != nil || len(list) != 1 {
		t.Errorf("with its path: %d, %v", len(list), err)
	}
	write(t, elsewhere, "app.yaml", strings.ReplaceAll(app, "80", "81"))
	if _, err := Again(plan, []string{elsewhere}); err == nil || err.Error() != "the workload app has changed since the record began; start a new run" {
		t.Errorf("after a change: %v", err)
	}
}

func TestWhatIsNoDirectory(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, ".", "file.yaml", app)
	for _, name := range []string{"nothing", "file.yaml"} {
		if _, err := Open(name); err == nil || err.Error() != "workload "+name+": there is no such directory" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
