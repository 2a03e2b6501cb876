package github_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/kro/perf-gate/report/github/githubapi"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// link returns an archive whose only file is a symbolic link.
func link(t *testing.T, name string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	header := &zip.FileHeader{Name: name}
	header.SetMode(fs.ModeSymlink)
	if _, err := w.CreateHeader(header); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

func TestArtifact(t *testing.T) {
	_, repo, c := fixture(t, everything...)
	for _, a := range []githubtest.Artifact{
		{Run: 41, Name: "perf-gate", Archive: githubtest.Archive(t, "record.jsonl", "of the first attempt")},
		{Run: 41, Name: "perf-gate", Archive: githubtest.Archive(t, "logs/", "", "logs/kro.log", "…", "record.jsonl", "measured")},
		{Run: 41, Name: "perf-gate", Archive: githubtest.Archive(t, "record.jsonl", "gone"), Expired: true},
		{Run: 41, Name: "other", Archive: githubtest.Archive(t, "record.jsonl", "something else")},
		{Run: 42, Name: "perf-gate", Archive: githubtest.Archive(t, "record.jsonl", "of another run")},
	} {
		repo.Upload(a)
	}
	got, err := c.Artifact(t.Context(), 41, "perf-gate", "record.jsonl")
	if err != nil || string(got) != "measured" {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = c.Artifact(t.Context(), 43, "perf-gate", "record.jsonl")
	if !errors.Is(err, githubapi.ErrNotFound) || !strings.Contains(err.Error(), "reading the artifact perf-gate of run 43 of kro/kro: it does not exist or has expired") {
		t.Errorf("of a run without: %v", err)
	}
}

// Only one regular file is read from a stranger's archive.
func TestArtifactRefuses(t *testing.T) {
	many := make([]string, 0, 2002)
	for range 1001 {
		many = append(many, "x", "")
	}
	for want, content := range map[string][]byte{
		"it is not a ZIP archive":                             []byte("PK"),
		`a file name leads outside it: "../x"`:                githubtest.Archive(t, "record.jsonl", "ok", "../x", ""),
		`a file name leads outside it: "/x"`:                  githubtest.Archive(t, "/x", ""),
		`an entry that is not a regular file: "record.jsonl"`: link(t, "record.jsonl"),
		"it has the file record.jsonl twice":                  githubtest.Archive(t, "record.jsonl", "1", "record.jsonl", "2"),
		"it has no file record.jsonl":                         githubtest.Archive(t, "x/record.jsonl", "1"),
		"it has 1001 files, more than the limit of 1000":      githubtest.Archive(t, many...),
		"record.jsonl has more than 268435456 bytes":          githubtest.Archive(t, "record.jsonl", strings.Repeat("0", 256<<20+1)),
	} {
		_, repo, c := fixture(t, everything...)
		repo.Upload(githubtest.Artifact{Run: 41, Name: "perf-gate", Archive: content})
		_, err := c.Artifact(t.Context(), 41, "perf-gate", "record.jsonl")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
