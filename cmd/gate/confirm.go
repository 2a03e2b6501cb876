package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/kro/perf-gate/cmd/gate/exit"
)

// confirm asks the user whether to measure on a cluster that is not on this machine.
// Only y or yes permits it.
func confirm(stdin io.Reader, stderr io.Writer, context, server string) error {
	file, ok := stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return exit.Usagef("the cluster of context %q at %s is not on this machine: give --yes to measure on it", context, server)
	}
	fmt.Fprintf(stderr, "Measure on the cluster of context %q at %s? This puts load on it, and creates namespaces perf-gate-* and, unless it measures the installed one, a KRO. [y/N] ", context, server)
	answer, _ := bufio.NewReader(stdin).ReadString('\n') // the end of input means no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return exit.Usagef("stopped, because the answer was no; nothing was changed")
}
