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

// confirm asks whether a cluster may be touched that is not on this machine. It
// takes nothing but y or yes for a yes.
func confirm(stdin io.Reader, stderr io.Writer, context, server string) error {
	file, ok := stdin.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return exit.Usagef("the cluster of context %q at %s is not on this machine: say --yes if it may be measured on", context, server)
	}
	fmt.Fprintf(stderr, "Measure on the cluster of context %q at %s? It gets load, namespaces perf-gate-* and, unless the installed one is measured, a KRO. [y/N] ", context, server)
	answer, _ := bufio.NewReader(stdin).ReadString('\n') // the end of input is a no
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return exit.Usagef("nothing was done: the answer was no")
}
