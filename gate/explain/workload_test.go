package explain_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/gate/explain"
)

// In real pprof profiles, the function that head adds comes first, with the cost of
// the libraries and the runtime code that it calls.
func TestRealProfiles(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	binary := filepath.Join(t.TempDir(), "workload")
	if output, err := exec.Command("go", "build", "-o", binary, "./testdata/workload").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	profiles := map[string][]*profile.Profile{}
	for range explain.MinSessions {
		for _, arm := range []string{"base", "slow"} {
			dir := t.TempDir()
			if output, err := exec.Command(binary, dir, arm).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, output)
			}
			for _, kind := range []string{"cpu", "heap"} {
				content, err := os.ReadFile(filepath.Join(dir, kind))
				if err != nil {
					t.Fatal(err)
				}
				p, err := profile.ParseData(content)
				if err != nil {
					t.Fatal(err)
				}
				profiles[kind+arm] = append(profiles[kind+arm], p)
			}
		}
	}
	diffs := append(explain.Compare(profiles["cpubase"], profiles["cpuslow"]), explain.Compare(profiles["heapbase"], profiles["heapslow"])...)
	if len(diffs) != 3 {
		t.Fatalf("%d types compared, want cpu, alloc_objects and alloc_space: %v", len(diffs), diffs)
	}
	for _, d := range diffs {
		if len(d.Own.Rows) == 0 || len(d.Flat.Rows) == 0 {
			t.Errorf("%s: nothing explains the change of %v", d.Type, d.Total)
			continue
		}
		top := d.Own.Rows[0]
		if top.Function != "main.decode" || top.Base != 0 || top.Head <= 0 {
			t.Errorf("%s: most of the change is that of %+v, want main.decode, from nothing", d.Type, top)
		}
		if d.Type == explain.CPU {
			if d.Samples < 50 || d.Period != 1e7 {
				t.Errorf("%d samples, one in %d ns", d.Samples, d.Period)
			}
			continue
		}
		if top.Share == nil || *top.Share < 0.9 {
			t.Errorf("%s: main.decode has %v of the change, want nearly all", d.Type, top.Share)
		}
		if !strings.HasPrefix(d.Flat.Rows[0].Function, "encoding/json.") && !strings.HasPrefix(d.Flat.Rows[0].Function, "reflect.") {
			t.Errorf("%s: by itself %s allocates most, want the library", d.Type, d.Flat.Rows[0].Function)
		}
	}
}
