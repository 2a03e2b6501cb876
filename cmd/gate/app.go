package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/term"

	"github.com/kro/perf-gate/cmd/gate/clusters"
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

// host is what clusters take from the machine.
func (a *app) host() (clusters.Host, error) {
	cache, err := cacheDir()
	if err != nil {
		return clusters.Host{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return clusters.Host{}, fmt.Errorf("cannot start children of the gate: %w", err)
	}
	home, _ := os.UserHomeDir() // without one there is nothing of setup-envtest
	return clusters.Host{
		Cache: cache, Agent: agent(),
		Simulate: []string{self, simulateCommand}, Proxy: []string{self, proxyCommand},
		Assets:     a.getenv("KUBEBUILDER_ASSETS"),
		Data:       cmp.Or(a.getenv("XDG_DATA_HOME"), filepath.Join(home, ".local", "share")),
		Kubeconfig: a.getenv("KUBECONFIG"),
		Confirm:    a.confirm,
	}, nil
}
