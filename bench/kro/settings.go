package kro

import (
	"strconv"
	"time"

	"github.com/kro/perf-gate/bench"
)

// Settings are how KRO is started. They set every knob that shapes its figures,
// so that a changed default is not mistaken for a changed speed.
type Settings struct {
	// Workers is the number of concurrent reconciles of each controller.
	Workers int
	// Requeue is the delay of KRO's own timers, which quantise its latencies. It
	// must be longer than a reconcile and the work that follows at once. Otherwise
	// the two coincide now and then, and counts are not reproducible.
	Requeue time.Duration
	// GOMAXPROCS and GOGC are the Go runtime's.
	GOMAXPROCS int
	GOGC       int
}

// The flags and the environment variable that set what the record says about how
// a build was started.
const (
	instanceTimerFlag  = "instance-requeue-interval"
	rgdTimerFlag       = "rgd-progress-requeue-delay"
	workersFlag        = "dynamic-controller-concurrent-reconciles"
	processorsVariable = "GOMAXPROCS"
)

// What is compiled into builds that lack the flags (KRO v0.2 to v0.9.4).
const (
	compiledTimer   = 3 * time.Second
	compiledWorkers = 1
)

// DefaultSettings are the settings that runs are measured with. KRO's chart gives
// it one processor: since 1.25, Go derives GOMAXPROCS from the limit of 1000m, and
// older builds get the same. It leaves the API server a core of its own on the
// small machines that run the gate. Two workers per controller let bursts overlap.
// The plan sets Requeue.
var DefaultSettings = Settings{Workers: 2, GOMAXPROCS: 1, GOGC: 100}

// A Flag is one of KRO's flags with its value.
type Flag struct{ Name, Value string }

// Flags returns the flags that make the settings. Later releases renamed or added
// some; each build gets those it knows (see [KnownFlags.Fit]).
func (s Settings) Flags() []Flag {
	workers := strconv.Itoa(s.Workers)
	return []Flag{
		{"leader-elect", "false"},
		{"allow-crd-deletion", "true"},
		{"resource-graph-definition-concurrent-reconciles", workers},
		{"graph-revision-concurrent-reconciles", workers},
		{workersFlag, workers},
		{instanceTimerFlag, s.Requeue.String()},
		{rgdTimerFlag, s.Requeue.String()},
		{"graceful-shutdown-timeout", "5s"},
		{"zap-devel", "false"}, // debug logs on the hot path are a first-order cost
		{"zap-log-level", "info"},
	}
}

// Env returns the environment variables that make the settings.
func (s Settings) Env() []string {
	return []string{
		processorsVariable + "=" + strconv.Itoa(s.GOMAXPROCS),
		"GOGC=" + strconv.Itoa(s.GOGC),
	}
}

// Apply writes the settings into the description of a build: how it is started,
// which flags it does not know, and what that makes of the settings.
func (s Settings) Apply(b *Build) {
	b.Info.Args, b.Info.Dropped = b.Flags.Fit(s.Flags())
	b.Info.Env = s.Env()
	b.Info.Settings = s.of(b.Flags)
}

// of returns the settings as a build gets them that knows the flags.
func (s Settings) of(known KnownFlags) bench.Settings {
	setting := func(flag string, value, compiled float64) bench.Setting {
		if known[flag] {
			return bench.Setting{Value: value, Flag: flag}
		}
		return bench.Setting{Value: compiled, Flag: flag, CompiledIn: true}
	}
	return bench.Settings{
		InstanceTimer: setting(instanceTimerFlag, s.Requeue.Seconds(), compiledTimer.Seconds()),
		RGDTimer:      setting(rgdTimerFlag, s.Requeue.Seconds(), compiledTimer.Seconds()),
		Workers:       setting(workersFlag, float64(s.Workers), compiledWorkers),
		Processors:    bench.Setting{Value: float64(s.GOMAXPROCS), Flag: processorsVariable},
	}
}

// Delay returns the longest delay after which the build still comes back to an
// instance on its own. Where its settings are not known it is the one that is
// compiled in.
func (b *Build) Delay() time.Duration {
	timer := b.Info.Settings.InstanceTimer
	if timer.Flag == "" {
		return compiledTimer
	}
	return time.Duration(timer.Value * float64(time.Second))
}
