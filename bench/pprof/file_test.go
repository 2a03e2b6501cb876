package pprof_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/pprof"
)

// record has four sessions, the third of them failed.
var record = &bench.Record{Sessions: []bench.Session{
	{Index: 0, Arm: bench.Base}, {Index: 1, Arm: bench.Head}, {Index: 2, Arm: bench.Head, Failed: "KRO exited"}, {Index: 3, Arm: bench.Base},
}}

func TestWriteAndRead(t *testing.T) {
	dir := t.TempDir()
	if files, err := pprof.Read(dir, record); err != nil || len(files) != 0 {
		t.Errorf("a run without profiles: %v, %v", files, err)
	}
	for _, s := range record.Sessions {
		profiles := map[pprof.Kind]*profile.Profile{pprof.CPU: cpuProfile(int64(s.Index + 1)), pprof.Heap: heapProfile(1, 2, 3)}
		if s.Index == 3 {
			delete(profiles, pprof.CPU)
		}
		if err := pprof.Write(dir, s.Index, s.Arm, profiles); err != nil {
			t.Fatal(err)
		}
	}
	files, err := pprof.Read(dir, record)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, f.Name)
		if !strings.Contains(f.Name, string(f.Arm)+"."+string(f.Kind)+".") {
			t.Errorf("%s is of %s, %s", f.Name, f.Arm, f.Kind)
		}
		content, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := profile.ParseData(content); err != nil { // as go tool pprof does
			t.Errorf("%s: %v", f.Name, err)
		}
	}
	want := []string{
		"profiles/000-base.cpu.pb.gz", "profiles/000-base.heap.pb.gz",
		"profiles/001-head.cpu.pb.gz", "profiles/001-head.heap.pb.gz", "profiles/003-base.heap.pb.gz",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("files read (-want +got):\n%s", diff)
	}
	if n := total(t, files[2].Profile, "samples"); n != 2 {
		t.Errorf("%d samples came back, want 2", n)
	}
}

// A profile that ends before its session is for people only. Compared with whole ones,
// it would show less work.
func TestIncompleteProfilesAreNotRead(t *testing.T) {
	dir := t.TempDir()
	part := cpuProfile(1)
	part.Comments = []string{"incomplete: cpu profile: KRO is gone"}
	for _, s := range record.Sessions[:2] {
		if err := pprof.Write(dir, s.Index, s.Arm, map[pprof.Kind]*profile.Profile{pprof.CPU: part}); err != nil {
			t.Fatal(err)
		}
		part = cpuProfile(1)
	}
	files, err := pprof.Read(dir, record)
	if err != nil || len(files) != 1 || files[0].Arm != bench.Head {
		t.Errorf("read %v, %v; want the profile of head alone", files, err)
	}
}

func TestHalfAProfileIsNotLeft(t *testing.T) {
	dir := t.TempDir()
	// With a directory in the way, only the last step fails.
	blocked := filepath.Join(dir, "profiles", "000-base.cpu.pb.gz")
	if err := os.MkdirAll(blocked, 0o755); err != nil {
		t.Fatal(err)
	}
	err := pprof.Write(dir, 0, bench.Base, map[pprof.Kind]*profile.Profile{pprof.CPU: cpuProfile(1)})
	if err == nil || !strings.HasPrefix(err.Error(), "write the cpu profile of session 0: ") {
		t.Errorf("got error %v", err)
	}
	entries, err := os.ReadDir(filepath.Dir(blocked))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadRefuses(t *testing.T) {
	whole := served(t, cpuProfile(3))
	for name, test := range map[string]struct {
		content []byte
		want    string
	}{
		"text":      {[]byte("not a profile"), "not a gzipped profile"},
		"empty":     {nil, "not a gzipped profile"},
		"torn":      {whole[:len(whole)/2], "not a gzipped profile: unexpected EOF"},
		"other":     {gzipped(t, []byte("not a profile")), "not a profile"},
		"zip bomb":  {gzipped(t, make([]byte, 65<<20)), "a profile of more than 64 MiB is refused"},
		"no values": {gzipped(t, []byte{0x12, 0x00}), "not a profile"}, // one sample, and no sample type
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "profiles", "000-base.cpu.pb.gz")
			if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, test.content, 0o644); err != nil {
				t.Fatal(err)
			}
			files, err := pprof.Read(dir, record)
			if err == nil || !strings.HasPrefix(err.Error(), path+": "+test.want) || strings.Contains(err.Error(), "\n") || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("got %v, %v\nwant %s: %s", files, err, path, test.want)
			}
		})
	}
}

// Reading any file returns an error, or a profile that can be written and merged.
func FuzzRead(f *testing.F) {
	for _, p := range []*profile.Profile{cpuProfile(3), heapProfile(1, 2, 3)} {
		var b bytes.Buffer
		if err := p.WriteUncompressed(&b); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	f.Add([]byte{0x12, 0x00})
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "profiles", "000-base.cpu.pb.gz")
		if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, gzipped(t, content), 0o644); err != nil {
			t.Fatal(err)
		}
		files, err := pprof.Read(filepath.Dir(filepath.Dir(path)), record)
		if err != nil {
			return
		}
		for _, file := range files {
			if _, err := profile.Merge([]*profile.Profile{file.Profile, file.Profile}); err != nil {
				t.Errorf("a profile that was read cannot be merged: %v", err)
			}
		}
	})
}
