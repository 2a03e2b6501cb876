package report

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// WriteDir writes report.md, report.html, verdict.json and charts/*.svg into
// dir, which it creates, and returns their paths in that order. All of it is
// rendered before anything is written, and each file appears whole or not at
// all; a file that was there before is replaced. On an error the paths
// returned are of the files written so far.
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

// A file of a report has a slash-separated name, relative to the report.
type file struct {
	name    string
	content []byte
}

// writeFiles writes files into dir in their order, and returns their paths; on an
// error those of the files written so far.
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
