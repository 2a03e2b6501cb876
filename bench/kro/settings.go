package kro

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// Settings configure how KRO is started. They set everything that influences its
// figures, so that a changed default does not look like a changed speed.
type Settings struct {
	// Workers is the number of concurrent reconciles of each controller.
	Workers int
	// Requeue is the delay of KRO's own timers, which quantise its latencies. It
	// must be longer than a reconcile and the work right after it. Otherwise the two
	// sometimes coincide, and counts are not reproducible.
	Requeue time.Duration
	// GOMAXPROCS and GOGC are the Go runtime's.
	GOMAXPROCS int
	GOGC       int
	// Extra are further flags and feature gates. They override those of the other fields.
	Extra []Flag

	unset []string // names of flags that are left out
}

// The flags and the environment variable behind [bench.Settings].
const (
	instanceTimerFlag  = "instance-requeue-interval"
	rgdTimerFlag       = "rgd-progress-requeue-delay"
	workersFlag        = "dynamic-controller-concurrent-reconciles"
	processorsVariable = "GOMAXPROCS"
)

// compiledTimer is the delay of the timers in builds that lack their flags.
const compiledTimer = 3 * time.Second

// DefaultSettings are the settings that runs are measured with. KRO's chart gives
// it one processor: since 1.25, Go derives GOMAXPROCS from the limit of 1000m, and
// older builds get the same. It leaves the API server a core of its own on the
// small machines that run the gate. Two workers per controller let bursts overlap.
// The plan sets Requeue.
var DefaultSettings = Settings{Workers: 2, GOMAXPROCS: 1, GOGC: 100}

// Flags returns the flags for the settings. Releases have renamed and added some, so
// each build gets those it knows (see [KnownFlags.Fit]).
func (s Settings) Flags() []Flag {
	workers := strconv.Itoa(s.Workers)
	flags := []Flag{
		{"leader-elect", "false"},
		{"allow-crd-deletion", "true"},
		{"resource-graph-definition-concurrent-reconciles", workers},
		{"graph-revision-concurrent-reconciles", workers},
		{"graph-concurrent-reconciles", workers},
		{workersFlag, workers},
		{"apply-concurrency", "20"}, // this and the next as KRO's defaults
		{"cel-cost-limit", "0"},
		{instanceTimerFlag, s.Requeue.String()},
		{rgdTimerFlag, s.Requeue.String()},
		{"graceful-shutdown-timeout", "5s"},
		{"zap-devel", "false"}, // debug logs on the hot path are a first-order cost
		{"zap-log-level", "info"},
	}
	for _, extra := range s.Extra {
		i := slices.IndexFunc(flags, func(f Flag) bool { return f.Name == extra.Name })
		if i < 0 {
			flags = append(flags, extra)
		} else {
			flags[i] = extra
		}
	}
	return slices.DeleteFunc(flags, func(f Flag) bool { return slices.Contains(s.unset, f.Name) })
}

// Without returns the settings without flags, so that KRO has its own defaults. It fails for
// flags that a measurement rests on, and for those that the settings do not set.
func (s Settings) Without(flags []string) (Settings, error) {
	set := s.Flags()
	for _, name := range flags {
		switch {
		case slices.Contains(own, name):
			return s, fmt.Errorf("perf-gate needs --%s: leave it out of defaults", name)
		case !slices.ContainsFunc(set, func(f Flag) bool { return f.Name == name }):
			return s, fmt.Errorf("perf-gate does not set --%s, so KRO has its own value already: leave it out of defaults", name)
		}
	}
	s.unset = flags
	return s, nil
}

// Env returns the environment variables for the settings.
func (s Settings) Env() []string {
	return []string{
		processorsVariable + "=" + strconv.Itoa(s.GOMAXPROCS),
		"GOGC=" + strconv.Itoa(s.GOGC),
	}
}

// With returns the build as it is started with the settings. Its description says how that
// is, which flags it does not know, and the resulting settings.
func (b *Build) With(s Settings) (*Build, error) {
	with := *b
	with.Info.Args, with.Info.Dropped = b.Flags.Fit(s.Flags())
	with.Info.Env = s.Env()
	given := make(map[string]string)
	for _, pair := range slices.Concat(with.Info.Args, with.Info.Env) {
		name, value, _ := strings.Cut(strings.TrimLeft(pair, "-"), "=")
		given[name] = value
	}
	var err error
	with.Info.Settings, err = settingsOf(given)
	if err != nil {
		return nil, fmt.Errorf("KRO %s: %w", b.Info.Ref, err)
	}
	for _, l := range limits {
		if _, ok := given[l.name]; !ok {
			*l.of(&with.Info.Settings) = bench.Setting{Value: l.compiled, Flag: l.name, CompiledIn: true}
		}
	}
	return &with, nil
}

// A limit is a flag or variable behind one of [bench.Settings].
type limit struct {
	name  string
	parse func(string) (float64, error)
	of    func(*bench.Settings) *bench.Setting
	// compiled is the value compiled into builds that lack the flag (KRO v0.2 to v0.9.4).
	compiled float64
}

var limits = []limit{
	{instanceTimerFlag, parseDelay, func(s *bench.Settings) *bench.Setting { return &s.InstanceTimer }, compiledTimer.Seconds()},
	{rgdTimerFlag, parseDelay, func(s *bench.Settings) *bench.Setting { return &s.RGDTimer }, compiledTimer.Seconds()},
	{workersFlag, parseCount, func(s *bench.Settings) *bench.Setting { return &s.Workers }, 1},
	{processorsVariable, parseCount, func(s *bench.Settings) *bench.Setting { return &s.Processors }, 0},
}

// settingsOf returns the settings that the values of flags and variables, by name, set. It
// leaves out all others.
func settingsOf(given map[string]string) (s bench.Settings, err error) {
	for _, l := range limits {
		text, ok := given[l.name]
		if !ok {
			continue
		}
		value, err := l.parse(text)
		if err != nil {
			return bench.Settings{}, fmt.Errorf("its %s is %q: %w", l.name, text, err)
		}
		*l.of(&s) = bench.Setting{Value: value, Flag: l.name}
	}
	return s, nil
}

func parseDelay(s string) (seconds float64, err error) {
	delay, err := time.ParseDuration(s)
	if err == nil && delay < 0 {
		err = errors.New("want a duration of 0 or more")
	}
	return delay.Seconds(), err
}

func parseCount(s string) (float64, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	return float64(n), err
}

// Delay returns the longest delay after which the build comes back to an instance on
// its own. If its setting is not known, Delay returns the one that is compiled in.
func (b *Build) Delay() time.Duration {
	timer := b.Info.Settings.InstanceTimer
	if timer.Flag == "" {
		return compiledTimer
	}
	return time.Duration(timer.Value * float64(time.Second))
}
