package kro

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/kro/perf-gate/bench/process"
)

// A commandError is the failure of a child command. It shows the command as one can
// paste it into a shell, and its output.
type commandError struct {
	err    error
	line   string
	stderr string
}

func (e *commandError) Error() string {
	return fmt.Sprintf("%v\n  %s\n%s", e.err, e.line, indent(e.stderr))
}

func (e *commandError) Unwrap() error { return e.err }

// run runs a command and returns its standard output, even if it fails.
func run(ctx context.Context, cmd *exec.Cmd) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, err
	}
	return stdout.Bytes(), &commandError{err, process.CommandLine(cmd), stderr.String()}
}

func indent(output string) string {
	return "  | " + strings.ReplaceAll(strings.TrimSpace(output), "\n", "\n  | ")
}
