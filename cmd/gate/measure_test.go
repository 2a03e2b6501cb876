package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kro/perf-gate/gate"
)

// TestMeasure runs the program on real KRO releases in simulation. It builds
// the releases into the user's cache first, where later runs find them.
func TestMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs KRO")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	settings := goSettings(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/measure",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", cache)
			for name, value := range settings {
				env.Setenv(name, value)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"noop":         noop,
			"cut":          cut,
			"nothing-runs": nothingRuns,
		},
	})
}

// goSettings are the go command's settings that depend on the home directory,
// which a script does not have, and on the user.
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

// noop FILE BASE HEAD OUTCOME checks the requests of a no-op reconcile in a
// verdict.
func noop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: noop file base head outcome")
	}
	var v gate.Verdict
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		ts.Check(err)
		return n
	}
	for _, c := range v.Comparisons {
		if c.Benchmark != "CRUD/op=noop/shape=chain/n=2" || c.Metric != "requests/op" {
			continue
		}
		if c.Base == nil || c.Head == nil || *c.Base != number(args[1]) || *c.Head != number(args[2]) || string(c.Outcome) != args[3] {
			ts.Fatalf("no-op requests: base %v, head %v: %s; want %s, %s: %s", c.BaseValues, c.HeadValues, c.Outcome, args[1], args[2], args[3])
		}
		return
	}
	ts.Fatalf("the verdict has no no-op requests")
}

// cut FILE LINES keeps the first lines of a record and half of the next, as a
// crash does.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut file lines")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	lines := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	kept := strings.Join(lines[:n], "") + lines[n][:len(lines[n])/2]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(kept), 0o644))
}

// nothingRuns checks that no process of the script's runs is left: none has the
// script's directory in its arguments, as a kubeconfig or a log.
func nothingRuns(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: nothing-runs")
	}
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	ts.Check(err)
	for _, path := range processes {
		line, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(line), ts.MkAbs("")) {
			ts.Fatalf("still running: %s", strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
}
