package gotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"github.com/kro/perf-gate/bench/process"
)

// A program is the test program of a package.
type program struct {
	path string
	dir  string // in which it runs
}

// A setting says how a program measures.
type setting struct {
	pattern string        // of the benchmarks, as go test -bench
	time    string        // of a repetition, as go test -benchtime
	count   int           // of repetitions
	limit   time.Duration // for all
}

// An outcome is what a program measured.
type outcome struct {
	// lines are the repetitions of each benchmark, by its name, and order are their names.
	lines map[string][]*benchfmt.Result
	order []string
	units benchfmt.UnitMetadataMap
	// failed says of benchmarks why they failed.
	failed map[string]string
	// ended says why the program ended early; nil if it did not.
	ended error
}

// run runs benchmarks in a new process. An error is not one of the program.
func (p program) run(ctx context.Context, s setting) (outcome, error) {
	var stdout, stderr bytes.Buffer
	cmd := process.Command(ctx, p.path,
		"-test.run=^$", "-test.bench="+s.pattern, "-test.benchtime="+s.time, "-test.benchmem",
		"-test.count="+strconv.Itoa(s.count), "-test.timeout="+s.limit.String())
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, &stdout, &stderr
	// The names of benchmarks end in the number of processors if it is not 1.
	cmd.Env = append(os.Environ(), "GOMAXPROCS="+strconv.Itoa(runtime.NumCPU()), "PWD="+p.dir)
	err := cmd.Run()
	if ctx.Err() != nil {
		return outcome{}, context.Cause(ctx)
	}
	exit, exited := errors.AsType[*exec.ExitError](err)
	if err != nil && !exited {
		return outcome{}, err
	}
	out := read(stdout.Bytes())
	if exited && (len(out.failed) == 0 || exit.ExitCode() != 1) {
		out.ended = fmt.Errorf("%w: %s", err, firstLine(stderr.String(), stdout.String()))
	}
	return out, nil
}

// failLine matches the line with which the testing package reports a failed benchmark.
var failLine = regexp.MustCompile(`^--- FAIL: Benchmark(\S+)`)

// read reads what a program wrote.
func read(output []byte) outcome {
	o := outcome{lines: map[string][]*benchfmt.Result{}, failed: map[string]string{}}
	reader := benchfmt.NewReader(bytes.NewReader(output), "")
	for reader.Scan() {
		result, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			continue // what the benchmark itself wrote
		}
		name := plainName(string(result.Name))
		if o.lines[name] == nil {
			o.order = append(o.order, name)
		}
		o.lines[name] = append(o.lines[name], result.Clone())
	}
	o.units = reader.Units()
	lines := strings.Split(string(output), "\n")
	for i, line := range lines {
		if m := failLine.FindStringSubmatch(line); m != nil {
			why := "it failed"
			if i+1 < len(lines) && strings.HasPrefix(lines[i+1], "    ") {
				why = strings.TrimSpace(lines[i+1])
			}
			o.failed[plainName(m[1])] = why
		}
	}
	return o
}

// plainName returns the name of a benchmark without the number of processors.
func plainName(name string) string {
	if n := runtime.NumCPU(); n > 1 {
		return strings.TrimSuffix(name, fmt.Sprintf("-%d", n))
	}
	return name
}

// failure says why a benchmark has no result, or "" if it has one.
func (o outcome) failure(name string) string {
	for failed, why := range o.failed { // a parent fails if a child does
		if failed == name || strings.HasPrefix(name, failed+"/") && o.lines[name] == nil {
			return why
		}
	}
	switch {
	case len(o.lines[name]) > 0:
		return ""
	case o.ended != nil:
		return o.ended.Error()
	default:
		return "it was skipped, or did not run"
	}
}

// benchmarks returns the names of all that ran or failed, in order.
func (o outcome) benchmarks() []string {
	names := slices.Clone(o.order)
	for _, name := range slices.Sorted(maps.Keys(o.failed)) {
		leaf := !slices.ContainsFunc(names, func(other string) bool { return strings.HasPrefix(other, name+"/") })
		if leaf && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// samples returns the values of all repetitions of a benchmark, by unit.
func (o outcome) samples(name string) map[string][]float64 {
	values := map[string][]float64{}
	for _, line := range o.lines[name] {
		for _, v := range line.Values {
			values[v.Unit] = append(values[v.Unit], v.Value)
		}
	}
	return values
}

// firstLine returns the first line that is not empty of the first text that has one.
func firstLine(texts ...string) string {
	for _, text := range texts {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				return line
			}
		}
	}
	return "it wrote nothing"
}
