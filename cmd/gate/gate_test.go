package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the golden files in testdata/script from the program's output")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gate": main})
}

// TestScripts runs the program as its users do. $FIXTURES is each script's own copy of
// a directory of records that were made up for the tests.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			fixtures := filepath.Join(t.TempDir(), "fixtures")
			env.Setenv("FIXTURES", fixtures)
			return os.CopyFS(fixtures, os.DirFS("testdata/fixtures"))
		},
		Cmds: scriptCommands,
	})
}
