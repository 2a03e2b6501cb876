package kro

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench/process"
)

// KnownFlags are the flags and feature gates that a KRO binary knows, by the name of a
// [Flag]. An unknown one aborts KRO, and the set differs from release to release, so the
// binary itself is asked.
type KnownFlags map[string]bool

// A Flag is one of KRO's flags with its value, or one of its feature gates with true or
// false. The name of a gate begins with [GatePrefix].
type Flag struct{ Name, Value string }

// GatePrefix begins the names of feature gates, which are the keys of this flag's value.
const GatePrefix = gatesFlag + "="

const gatesFlag = "feature-gates"

// metricsFlag is known to every release of KRO.
const metricsFlag = "metrics-bind-address"

// pprofFlag sets the address of the pprof profiles in a KRO built with the tag pprof.
// Other builds know the flag and ignore it.
const pprofFlag = "pprof-bind-address"

// The namespace and the service account of the controller itself.
const (
	namespaceFlag = "controller-namespace"
	accountFlag   = "controller-service-account"
)

// own are the flags that a measurement rests on, so that users cannot set them: who KRO is
// and where it serves, no requests for a lease, and RGDs that leave no CRD behind.
var own = []string{
	"kubeconfig", metricsFlag, "health-probe-bind-address", pprofFlag, namespaceFlag, accountFlag,
	"leader-elect", "allow-crd-deletion",
}

// WithGates returns flags, as --name=value, with those that turn feature gates on or off.
func WithGates(args []string, gates map[string]bool) []string {
	args = slices.Clone(args)
	for _, gate := range slices.Sorted(maps.Keys(gates)) {
		args = append(args, fmt.Sprintf("--%s%s=%t", GatePrefix, gate, gates[gate]))
	}
	return args
}

// ParseFlags reads flags in the form --name=value, or --name for true.
func ParseFlags(args []string) ([]Flag, error) {
	var flags []Flag
	for _, arg := range args {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if !given {
			value = "true"
		}
		switch {
		case !flagName.MatchString(name):
			return nil, fmt.Errorf("%q is not a flag of KRO: write --name=value", arg)
		case slices.Contains(own, name):
			return nil, fmt.Errorf("perf-gate sets --%s itself: leave it out", name)
		case name == gatesFlag:
			gates, err := parseGates(value)
			if err != nil {
				return nil, err
			}
			flags = append(flags, gates...)
		default:
			flags = append(flags, Flag{name, value})
		}
	}
	return flags, nil
}

func parseGates(value string) ([]Flag, error) {
	var gates []Flag
	for pair := range strings.SplitSeq(value, ",") {
		name, on, _ := strings.Cut(pair, "=")
		if name == "" || on != "true" && on != "false" {
			return nil, fmt.Errorf("%q is not a feature gate: write NAME=true or NAME=false", pair)
		}
		gates = append(gates, Flag{GatePrefix + name, on})
	}
	return gates, nil
}

var (
	flagName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	flagLine = regexp.MustCompile(`(?m)^\s+--?([a-z][a-z0-9-]*)`)
	gateName = regexp.MustCompile(`(\w+)=true\|false`)
)

// ProbeFlags returns the flags and feature gates that a binary lists in its --help.
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
	for _, match := range gateName.FindAllSubmatch(output, -1) {
		flags[GatePrefix+string(match[1])] = true
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
	var gates []string
	for _, f := range flags {
		gate, isGate := strings.CutPrefix(f.Name, GatePrefix)
		switch {
		case !known[f.Name]:
			dropped = append(dropped, f.Name)
		case isGate:
			gates = append(gates, gate+"="+f.Value)
		default:
			args = append(args, "--"+f.Name+"="+f.Value)
		}
	}
	if gates != nil {
		args = append(args, "--"+GatePrefix+strings.Join(gates, ","))
	}
	slices.Sort(dropped)
	return args, dropped
}
