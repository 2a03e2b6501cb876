package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// WriteDir writes report.md, report.html, verdict.json and charts/*.svg into dir
// and returns their paths in that order. It creates dir if necessary. It renders
// everything before it writes anything, and replaces each file atomically. On an
// error it returns the paths of the files written so far.
func WriteDir(dir string, in Input) ([]string, error) {
	var files []file
	for _, f := range []struct {
		name  string
		write func(io.Writer, Input) error
	}{
		{"report.md", writeMarkdown},
		{"report.html", writeHTML},
		{gate.VerdictFile, writeJSON},
	} {
		var b bytes.Buffer
		if err := f.write(&b, in); err != nil {
			return nil, fmt.Errorf("render %s: %w", f.name, err)
		}
		files = append(files, file{f.name, b.Bytes()})
	}
	drawn, _ := charts(in.Verdict, in.Record)
	for _, c := range drawn {
		files = append(files, file{c.Path(light), []byte(c.Light)}, file{c.Path(dark), []byte(c.Dark)})
	}
	return writeFiles(dir, files)
}

// A file is a file of a report. Its name is slash-separated and relative to the
// report.
type file struct {
	name    string
	content []byte
}

// writeFiles writes files into dir in order and returns their paths. On an error
// it returns the paths of the files written so far.
func writeFiles(dir string, files []file) ([]string, error) {
	var paths []string
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := bench.WriteFile(path, f.content); err != nil {
			return paths, fmt.Errorf("write report: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}
