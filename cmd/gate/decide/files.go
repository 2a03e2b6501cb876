package decide

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/gobench"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/store"
)

// ReadRecord reads the record of the run at path, which is its directory or the
// record itself.
func ReadRecord(path string) (*bench.Record, error) {
	file, err := bench.FindRecord(path)
	if err != nil {
		return nil, exit.Usagef("reading the record: %w", err)
	}
	record, err := bench.ReadFile(file)
	if err != nil {
		return nil, exit.Usagef("reading the record: %w", err)
	}
	return record, nil
}

// ReadSides makes a run from two that were measured separately. The files of each are
// a record or Go benchmark output. It writes a warning if they are from different CPUs.
func ReadSides(base, head []string, filter string, warnings io.Writer) (*bench.Record, error) {
	var baseRun, headRun *bench.Record
	var sides errgroup.Group
	sides.Go(func() (err error) { baseRun, err = readSide("base", base, filter); return err })
	sides.Go(func() (err error) { headRun, err = readSide("head", head, filter); return err })
	if err := sides.Wait(); err != nil {
		return nil, err
	}
	if was, is := baseRun.Header.Plan.Cluster, headRun.Header.Plan.Cluster; was != is {
		return nil, exit.Usagef("--base was measured on cluster %s and --head on %s, so they cannot be compared", was, is)
	}
	for _, w := range headRun.Header.Plan.Workloads {
		if was := baseRun.Header.Plan.WorkloadOf(w.Suite); was.Digest != w.Digest && was.Digest != "" {
			return nil, exit.Usagef("the workload %s changed between --base and --head, so they cannot be compared; measure both with the same files", w.Suite)
		}
	}
	was, is := baseRun.Header.Environment, headRun.Header.Environment
	if a, b := platform(was), platform(is); a != "" && b != "" && a != b {
		return nil, exit.Usagef("--base was measured on %s and --head on %s, so they cannot be compared", a, b)
	}
	if was.CPU != is.CPU && was.CPU != "" && is.CPU != "" {
		fmt.Fprintf(warnings, "gate: warning: --base was measured on the CPU %q and --head on %q: a difference in time may be theirs\n", was.CPU, is.CPU)
	}
	run := bench.Apart(baseRun, headRun)
	if len(run.Sessions) == 0 {
		return nil, exit.Usagef("neither --base nor --head has a head session")
	}
	return run, nil
}

// platform names the operating system and architecture; it is empty if they are not
// known.
func platform(e bench.Environment) string {
	if e.OS == "" || e.Arch == "" {
		return ""
	}
	return e.OS + "/" + e.Arch
}

// Others returns the files that the patterns match, without those that the patterns
// compared match: a file does not show how much runs differ from itself.
func Others(patterns, compared []string, warnings io.Writer) ([]string, error) {
	paths, err := expand("history", patterns)
	if err != nil {
		return nil, err
	}
	own, err := expand("base", compared)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(paths, func(path string) bool {
		compared := slices.ContainsFunc(own, func(name string) bool { return sameFile(path, name) })
		if compared {
			fmt.Fprintf(warnings, "gate: warning: --history: %s is compared itself and is not used as history\n", path)
		}
		return compared
	}), nil
}

func sameFile(a, b string) bool {
	first, errA := os.Stat(a)
	second, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(first, second)
}

// expand replaces each pattern by the files that match it.
func expand(flag string, patterns []string) ([]string, error) {
	var files []string
	for _, pattern := range patterns {
		if !strings.ContainsAny(pattern, "*?[") {
			files = append(files, pattern)
			continue
		}
		matches, err := filepath.Glob(pattern)
		if err != nil || len(matches) == 0 {
			return nil, exit.Usagef("--%s: no file matches %q", flag, pattern)
		}
		files = append(files, matches...)
	}
	return files, nil
}

// readSide reads one arm from the files, which are one record or Go benchmark
// output.
func readSide(flag string, patterns []string, filter string) (*bench.Record, error) {
	files, err := expand(flag, patterns)
	if err != nil {
		return nil, err
	}
	if isRecord(files[0]) {
		if len(files) > 1 {
			return nil, exit.Usagef("--%s: %s is a record, and a record has to be the only file; leave out the others", flag, files[0])
		}
		return ReadRecord(files[0])
	}
	run, err := gobench.Read(files, filter)
	if err != nil {
		return nil, exit.Usagef("--%s: %w", flag, err)
	}
	return run, nil
}

// ReadRuns reads the records of unchanged code that the patterns name. They name
// stores, whose records from the environment of the run it reads, runs, and files of
// Go benchmark output. Each file is a run.
func ReadRuns(ctx context.Context, stores store.Opener, patterns []string, filter string, run bench.Header) ([]*bench.Record, error) {
	paths, err := expand("history", patterns)
	if err != nil {
		return nil, err
	}
	var records []*bench.Record
	var outputs []string
	for _, path := range paths {
		switch {
		case store.Is(path):
			stored, err := store.History(ctx, stores, path, run)
			if err != nil {
				return nil, err
			}
			records = append(records, stored...)
		case isRecord(path):
			record, err := ReadRecord(path)
			if err != nil {
				return nil, err
			}
			records = append(records, record)
		default:
			outputs = append(outputs, path)
		}
	}
	if len(outputs) > 0 {
		runs, err := gobench.ReadRuns(outputs, filter)
		if err != nil {
			return nil, exit.Usagef("--history: %w", err)
		}
		records = append(records, runs...)
	}
	return records, nil
}

// isRecord reports whether path is a record or the directory of a run, rather than Go
// benchmark output.
func isRecord(path string) bool {
	file, err := bench.FindRecord(path)
	if err != nil {
		info, statErr := os.Stat(path)
		return statErr == nil && info.IsDir()
	}
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	start := make([]byte, 64)
	n, err := io.ReadFull(f, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return false
	}
	return bytes.HasPrefix(bytes.TrimLeft(start[:n], " \t\r\n"), []byte("{"))
}
