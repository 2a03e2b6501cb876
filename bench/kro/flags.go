package kro

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/kro/perf-gate/bench/process"
)

// KnownFlags are the flags a KRO binary knows, by name. An unknown flag aborts KRO,
// and the set differs from release to release, so the binary itself is asked.
type KnownFlags map[string]bool

// metricsFlag is known to every release of KRO.
const metricsFlag = "metrics-bind-address"

// pprofFlag sets the address of the pprof profiles in a KRO built with the tag pprof.
// Other builds know the flag and ignore it.
const pprofFlag = "pprof-bind-address"

var flagLine = regexp.MustCompile(`(?m)^\s+--?([a-z][a-z0-9-]*)`)

// ProbeFlags returns the flags that a binary lists in its --help.
func ProbeFlags(ctx context.Context, binary string) (KnownFlags, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	cmd := process.Command(ctx, binary, "--help")
	output, err := cmd.CombinedOutput()
	// --help exits with 0 or 2, depending on the flag package, so look at the output
	// and not at the exit status.
	flags := make(KnownFlags)
	for _, match := range flagLine.FindAllSubmatch(output, -1) {
		flags[string(match[1])] = true
	}
	if flags[metricsFlag] {
		return flags, nil
	}
	if err == nil {
		err = errors.New("its --help does not list --" + metricsFlag)
	}
	return nil, fmt.Errorf("not a KRO controller that can run here: %w\n  %s\n%s", err, process.CommandLine(cmd), indent(string(output)))
}

// Fit splits flags into the arguments this binary is started with and the names
// of those it does not know.
func (known KnownFlags) Fit(flags []Flag) (args, dropped []string) {
	for _, f := range flags {
		if known[f.Name] {
			args = append(args, "--"+f.Name+"="+f.Value)
		} else {
			dropped = append(dropped, f.Name)
		}
	}
	slices.Sort(dropped)
	return args, dropped
}
