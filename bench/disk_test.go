//go:build linux || darwin

package bench_test

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/kro/perf-gate/bench"
)

// limitVariable makes the test's child process write under a file size limit, which
// acts like a full disk: the kernel takes a part of the line and then refuses.
const limitVariable = "PERF_GATE_TEST_LIMITED_RECORD"

func TestFullDisk(t *testing.T) {
	if path := os.Getenv(limitVariable); path != "" {
		writeLimited(t, path)
		return
	}
	path := filepath.Join(t.TempDir(), bench.RecordFile)
	child := exec.Command(os.Args[0], "-test.run=^TestFullDisk$", "-test.v")
	child.Env = append(os.Environ(), limitVariable+"="+path)
	if output, err := child.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	// The child is gone: the file on the disk must be enough to continue.
	w, rec, err := bench.Append(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(rec.Sessions) != 2 || rec.Torn {
		t.Fatalf("the record holds %d sessions, torn %v; want 2 whole ones", len(rec.Sessions), rec.Torn)
	}
	if err := errors.Join(w.Write(sampleSession(2, bench.Head)), w.Close()); err != nil {
		t.Fatal(err)
	}
	if rec, err := bench.ReadFile(path); err != nil || len(rec.Sessions) != 3 {
		t.Fatalf("after going on: %v, %v", rec, err)
	}
}

func writeLimited(t *testing.T, path string) {
	signal.Ignore(unix.SIGXFSZ)
	h := sampleHeader()
	w, err := bench.Create(path, h)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(sampleSession(0, bench.Base)); err != nil {
		t.Fatal(err)
	}
	// Leave room for half a session.
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	limit := unix.Rlimit{Cur: uint64(info.Size()) + 100, Max: unix.RLIM_INFINITY}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err = w.Write(sampleSession(1, bench.Head))
	if !errors.Is(err, unix.EFBIG) {
		t.Fatalf("got %v, want an error that wraps EFBIG", err)
	}
	if want := path + ": session 2 of 4 could not be saved, those before it are kept (free space, then go on with --resume): "; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got error %q, want it to start with %q", err, want)
	}
	if after, err := os.Stat(path); err != nil || after.Size() != info.Size() {
		t.Errorf("the record has %d bytes, %v; want it cut back to %d", after.Size(), err, info.Size())
	}
	if _, err := bench.Create(filepath.Join(filepath.Dir(path), "second.jsonl"), big(h)); !errors.Is(err, unix.EFBIG) {
		t.Errorf("a header that does not fit: got %v, want EFBIG", err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(path), "second.jsonl")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a record without its header was left behind: %v", err)
	}
	// With space again, the same writer continues.
	limit.Cur = unix.RLIM_INFINITY
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(sampleSession(1, bench.Head)), w.Close()); err != nil {
		t.Fatal(err)
	}
}

// big returns a header that is longer than the sample record.
func big(h bench.Header) bench.Header {
	h.Tool = strings.Repeat("x", 1<<16)
	return h
}
