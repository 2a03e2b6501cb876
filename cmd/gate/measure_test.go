package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kro/perf-gate/bench/cluster/local"
	"github.com/kro/perf-gate/bench/kro"
)

// TestMeasure runs the program on real KRO releases in simulation. The builds go to
// the user's cache, so later runs reuse them.
func TestMeasure(t *testing.T) {
	runMeasuring(t, "testdata/measure", func(*testscript.Env) error { return nil })
}

// TestFaults runs the program when something goes wrong. $KRO is a real KRO and
// $KUBEBUILDER_ASSETS has a real control plane. Fake builds of the scripts are not kept
// in the user's cache.
func TestFaults(t *testing.T) {
	runMeasuring(t, "testdata/faults", func(env *testscript.Env) error {
		cache := env.Getenv("XDG_CACHE_HOME")
		ref, err := kro.Parse(t.Context(), kro.Known[len(kro.Known)-1])
		if err != nil {
			return err
		}
		build, err := kro.Builder{Cache: filepath.Join(cache, "perf-gate")}.Build(t.Context(), ref)
		if err != nil {
			return err
		}
		plane, err := local.Find(os.Getenv("KUBEBUILDER_ASSETS"), "", filepath.Join(cache, "perf-gate"))
		if err != nil {
			return err
		}
		env.Setenv("KUBEBUILDER_ASSETS", filepath.Dir(plane.Etcd))
		env.Setenv("KRO", build.Binary)
		env.Setenv("USER_CACHE", cache)
		env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
		return nil
	})
}

// runMeasuring runs the scripts in a directory one after the other, because they
// measure and would disturb each other.
func runMeasuring(t *testing.T, dir string, setup func(*testscript.Env) error) {
	if testing.Short() {
		t.Skip("builds and runs KRO")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	settings := goSettings(t)
	scripts, err := filepath.Glob(filepath.Join(dir, "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts in %s: %v", dir, err)
	}
	for _, script := range scripts {
		// A script in a test of its own does not run in parallel to others.
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Files:               []string{script},
				RequireExplicitExec: true,
				Setup: func(env *testscript.Env) error {
					env.Setenv("XDG_CACHE_HOME", cache)
					for name, value := range settings {
						env.Setenv(name, value)
					}
					err := setup(env)
					allowLaunch(env)
					return err
				},
				Cmds: scriptCommands,
			})
		})
	}
}

// goSettings returns the settings of the go command that depend on the user and the
// home directory. A script has no home directory.
func goSettings(t *testing.T) map[string]string {
	t.Helper()
	out, err := exec.Command("go", "env", "-json", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOFLAGS", "GOPATH").Output()
	if err != nil {
		t.Fatal(err)
	}
	settings := make(map[string]string)
	if err := json.Unmarshal(out, &settings); err != nil {
		t.Fatal(err)
	}
	return settings
}
