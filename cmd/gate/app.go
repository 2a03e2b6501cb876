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
	// columns is how wide the terminal is that is written to; 0 for no terminal.
	columns func(io.Writer) int
	// configFile is the value of --config; empty means perf-gate.yaml, if there
	// is one.
	configFile string
	// opened are stores that are open already, by name.
	opened map[string]store
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin:   stdin,
		stdout:  stdout,
		stderr:  stderr,
		getenv:  os.Getenv,
		columns: columns,
	}
}

func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
