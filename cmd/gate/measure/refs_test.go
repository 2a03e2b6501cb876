package measure

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/cmd/gate/config"
)

// checkout makes a git checkout with the module path of KRO. Its branch main comes from
// release, and its branch change, which is checked out, comes from main.
func checkout(t *testing.T) (dir, main, release string) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module "+kro.Module+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	git := func(args ...string) string {
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("init", "--initial-branch=release")
	git("add", "go.mod")
	git("commit", "-m", "release")
	release = git("rev-parse", "HEAD")
	git("switch", "--create", "main")
	git("commit", "--allow-empty", "-m", "main")
	main = git("rev-parse", "HEAD")
	git("switch", "--create", "change")
	git("commit", "--allow-empty", "-m", "change")
	return dir, main, release
}

// moduleProxy serves releases of KRO as the user's Go module proxy.
func moduleProxy(t *testing.T, releases ...string) {
	t.Helper()
	proxy := t.TempDir()
	dir := filepath.Join(proxy, filepath.FromSlash(kro.Module), "@v")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"list": strings.Join(releases, "\n")}
	for _, release := range releases {
		files[release+".info"] = `{"Version": "` + release + `"}`
		files[release+".mod"] = "module " + kro.Module + "\n"
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(proxy))
	t.Setenv("GOSUMDB", "off")
	t.Setenv("GOMODCACHE", t.TempDir())
}

// Without a module proxy, the newest releases are those that gate knows.
func TestRefsOffline(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	var log bytes.Buffer
	refs, err := resolve(t.Context(), config.Config{}, "", &log)
	if err != nil {
		t.Fatal(err)
	}
	last := len(kro.Known) - 1
	if base, head := refs[bench.Base].Name, refs[bench.Head].Name; base != kro.Known[last-1] || head != kro.Known[last] {
		t.Errorf("base %s, head %s, want the last of %v", base, head, kro.Known)
	}
	if said := log.String(); strings.Count(said, "\n") != 1 || !strings.Contains(said, "those that gate knows") || !strings.Contains(said, "GOPROXY=off") {
		t.Errorf("said %q", said)
	}
}

func TestRefs(t *testing.T) {
	dir, main, release := checkout(t)
	moduleProxy(t, "v0.10.0", "v0.11.0", "v0.9.4")
	older, newest := "v0.10.0", "v0.11.0"
	plain := t.TempDir()
	if err := os.WriteFile(filepath.Join(plain, "go.mod"), []byte("module "+kro.Module+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		base, head string
		target     string // $GITHUB_BASE_REF
		in         string // working directory
		wantBase   string
		wantHead   string
		said       string
	}{
		{name: "nothing given", wantBase: older, wantHead: newest},
		{name: "nothing given in a checkout", in: dir, wantBase: older, wantHead: newest},
		{name: "a tree elsewhere", head: dir, wantBase: "git:" + main, wantHead: dir, said: "base is git:" + main + ", where " + dir + " left main\n"},
		{name: "a pull request", head: dir, target: "release", wantBase: "git:" + release, wantHead: dir, said: " left release\n"},
		{name: "a commit", head: "git:change", in: dir, wantBase: "git:" + main, wantHead: "git:change", said: "where git:change left main\n"},
		{name: "base given", base: older, head: dir, target: "release", wantBase: older, wantHead: dir},
		{name: "a tree without git", head: plain, wantBase: older, wantHead: plain},
		// A record names them like this. Base is only in the checkout of head.
		{name: "a resumed run", base: "git:" + main, head: dir, wantBase: "git:" + main, wantHead: dir},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.in == "" {
				test.in = t.TempDir()
			}
			t.Chdir(test.in)
			var log bytes.Buffer
			refs, err := resolve(t.Context(), config.Config{Base: test.base, Head: test.head}, test.target, &log)
			if err != nil {
				t.Fatal(err)
			}
			if base, head := refs[bench.Base], refs[bench.Head]; base.Name != test.wantBase || head.Name != test.wantHead {
				t.Errorf("base %s, head %s; want %s, %s", base.Name, head.Name, test.wantBase, test.wantHead)
			}
			if said := log.String(); !strings.HasSuffix(said, test.said) || (test.said == "" && said != "") {
				t.Errorf("said %q, want %q", said, test.said)
			}
		})
	}
}
