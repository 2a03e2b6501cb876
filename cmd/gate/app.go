package main

import (
	"io"
	"os"

	"golang.org/x/term"
)

// An app is all that the commands know of the world outside.
type app struct {
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	getenv func(string) string
	// isTerminal says whether somebody watches what is written there.
	isTerminal func(io.Writer) bool
	// configFile is the value of --config; empty means perf-gate.yaml, if there
	// is one.
	configFile string
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin:      stdin,
		stdout:     stdout,
		stderr:     stderr,
		getenv:     os.Getenv,
		isTerminal: isTerminal,
	}
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
