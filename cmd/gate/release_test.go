package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestRelease runs the scripts of .github/release as the action and the release
// workflow do. PATH is only $WORK/bin. Programs that use the network, build or describe
// the machine are fakes from testdata/release/bin. The release v1.0.0 is in
// $WORK/release, and $WORK/_actions/kro/perf-gate/v1 has that version.
func TestRelease(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/release",
		RequireExplicitExec: true,
		Setup:               setUpRelease,
	})
}

func setUpRelease(env *testscript.Env) error {
	const action = "_actions/kro/perf-gate/v1"
	scripts := filepath.Join(env.WorkDir, action, ".github/release")
	bin := filepath.Join(env.WorkDir, "bin")
	for from, to := range map[string]string{"../../.github/release": scripts, "testdata/release/bin": bin} {
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			return err
		}
	}
	for tool := range strings.FieldsSeq("awk bash cat chmod cp cut dirname find git grep ln mkdir mktemp mv rm sed sh sha256sum sort tail") {
		path, err := exec.LookPath(tool)
		if err != nil {
			return err
		}
		if err := os.Symlink(path, filepath.Join(bin, tool)); err != nil {
			return err
		}
	}

	const binary = "#!/bin/sh\necho released\n"
	files := map[string]string{
		action + "/.github/release/version": "v1.0.0\n",
		"refuses":                           "",
	}
	for _, name := range []string{"gate_linux_amd64", "gate_linux_arm64", "gate_darwin_amd64", "gate_darwin_arm64"} {
		files["release/"+name] = binary
		files["release/SHA256SUMS"] += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(binary)), name)
	}
	for _, dir := range []string{"release", "temp"} {
		if err := os.Mkdir(filepath.Join(env.WorkDir, dir), 0o755); err != nil {
			return err
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(env.WorkDir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}

	env.Setenv("PATH", bin+string(filepath.ListSeparator)+scripts)
	env.Setenv("MACHINE", "Linux x86_64")
	env.Setenv("GITHUB_ACTION_PATH", filepath.Join(env.WorkDir, action))
	env.Setenv("GITHUB_SERVER_URL", "https://github.com")
	env.Setenv("RUNNER_TEMP", filepath.Join(env.WorkDir, "temp"))
	env.Setenv("RUNNER_TOOL_CACHE", filepath.Join(env.WorkDir, "cache"))
	env.Setenv("GITHUB_REPOSITORY", "kro/perf-gate")
	env.Setenv("GITHUB_REF_NAME", "v1.2.0")
	env.Setenv("GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567")
	env.Setenv("GH_TOKEN", "token")
	env.Setenv("WANT_HOST", "github.com")
	env.Setenv("WANT_REPO", "")
	for _, who := range []string{"AUTHOR", "COMMITTER"} {
		env.Setenv("GIT_"+who+"_NAME", "gate")
		env.Setenv("GIT_"+who+"_EMAIL", "gate@example.com")
	}
	return nil
}
