package measure

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// makeRunDir makes the directory of a run. It fails early, before the builds.
func makeRunDir(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = unix.Access(dir, unix.W_OK)
	}
	// The path in the error may be a part of the one that the user gave.
	if errno, ok := errors.AsType[syscall.Errno](err); ok {
		err = fmt.Errorf("cannot write to the directory %s: %w", dir, errno)
	}
	if err == nil || errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return exit.Usagef("%w; name another with --out", err)
}

// newestRun returns the newest directory in results that has a record.
func newestRun() (string, error) {
	records, err := filepath.Glob(filepath.Join(config.ResultsDir, "*", bench.RecordFile))
	if err != nil {
		return "", err
	}
	if len(records) == 0 {
		return "", exit.Usagef("nothing to resume: there is no run in %s; name its directory with --out", config.ResultsDir)
	}
	return filepath.Dir(slices.Max(records)), nil
}
