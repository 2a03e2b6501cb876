package gobench

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"

	"github.com/kro/perf-gate/bench"
)

// Cluster is the name of the cluster in records of Go benchmarks.
const Cluster = "go"

// Read reads one run of Go benchmarks from the files. Each process of a package is a
// session of head, however often it repeats a benchmark, as with -count. A process ends
// with its file, where the next one says that it starts, and before a benchmark that it
// has already left for another. Units are those of benchstat: sec/op for
// ns/op. If the file names the package, it comes before the benchmark's name. Read skips
// lines that do not match the filter, which has the syntax of benchstat's
// (https://pkg.go.dev/golang.org/x/perf/benchproc/syntax). An empty filter matches all.
//
// An error names the file, and the line if it is about one. A run without a benchmark is
// an error.
func Read(files []string, filter string) (*bench.Record, error) {
	f, err := newFilter(filter)
	if err != nil {
		return nil, err
	}
	return read(files, f)
}

// ReadRuns reads one run from each file; see [Read].
func ReadRuns(files []string, filter string) ([]*bench.Record, error) {
	f, err := newFilter(filter)
	if err != nil {
		return nil, err
	}
	var runs []*bench.Record
	for _, file := range files {
		run, err := read([]string{file}, f)
		if errors.Is(err, errNone) && filter != "" {
			continue // of another build
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	if len(runs) == 0 {
		return nil, fmt.Errorf("%s: %w", strings.Join(files, ", "), errNone)
	}
	return runs, nil
}

// errNone is the error for files without a result.
var errNone = errors.New("no Go benchmark result matches the filter")

func newFilter(expression string) (*benchproc.Filter, error) {
	if expression == "" {
		expression = "*"
	}
	f, err := benchproc.NewFilter(expression)
	if err != nil {
		problem, _, _ := strings.Cut(err.Error(), "\n") // the next lines draw its position
		return nil, fmt.Errorf("filter %q: %s", expression, problem)
	}
	return f, nil
}

func read(files []string, filter *benchproc.Filter) (*bench.Record, error) {
	run := newRun()
	reader := new(benchfmt.Reader)
	for _, path := range files {
		if err := run.readFile(reader, path, filter); err != nil {
			return nil, err
		}
	}
	if len(run.order) == 0 {
		return nil, fmt.Errorf("%s: %w", strings.Join(files, ", "), errNone)
	}
	return run.toRecord(filepath.Base(files[0]), reader.Units()), nil
}

func (r *run) readFile(reader *benchfmt.Reader, path string, filter *benchproc.Filter) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return r.read(reader, f, path, filter)
}

func (r *run) read(reader *benchfmt.Reader, from io.Reader, name string, filter *benchproc.Filter) error {
	found := starts{from: from}
	reader.Reset(&found, name)
	r.started++
	for reader.Scan() {
		switch result := reader.Result().(type) {
		case *benchfmt.SyntaxError:
			return result
		case *benchfmt.Result:
			_, line := result.Pos()
			r.started += found.before(line)
			if keep, _ := filter.Apply(result); keep {
				r.add(result)
			}
		}
	}
	if err := reader.Err(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
