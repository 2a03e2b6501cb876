//go:build linux || darwin

package report

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// limitVariable makes the test's child process write with a file size limit. It
// acts like a full disk: the kernel writes a part and then refuses.
const limitVariable = "PERF_GATE_TEST_LIMITED_REPORT"

func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(limitVariable); dir != "" {
		writeLimited(t, dir)
		return
	}
	dir := t.TempDir()
	old := filepath.Join(dir, "report.html")
	if err := os.WriteFile(old, []byte("the last report"), 0o644); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	child.Env = append(os.Environ(), limitVariable+"="+dir)
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if content, err := os.ReadFile(old); err != nil || string(content) != "the last report" {
		t.Errorf("the report that was there is now %.40q, %v", content, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[0].Name() != "report.html" || entries[1].Name() != "report.md" {
		t.Errorf("left behind: %v, want report.md, which fitted, and the old report.html", entries)
	}
}

func writeLimited(t *testing.T, dir string) {
	in := load(t, "extra-get")
	signal.Ignore(unix.SIGXFSZ)
	limit := unix.Rlimit{Cur: uint64(len(render(t, "markdown", in))), Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	paths, err := WriteDir(dir, in)
	if !errors.Is(err, unix.EFBIG) || !strings.HasPrefix(err.Error(), "write report: ") {
		t.Errorf("got error %v, want one that wraps EFBIG", err)
	}
	if len(paths) != 1 || filepath.Base(paths[0]) != "report.md" {
		t.Errorf("written: %q, want only report.md", paths)
	}
}
