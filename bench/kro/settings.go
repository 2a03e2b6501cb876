package kro

import (
	"strconv"
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
}

// The flags and the environment variable behind [bench.Settings].
const (
	instanceTimerFlag  = "instance-requeue-interval"
	rgdTimerFlag       = "rgd-progress-requeue-delay"
	workersFlag        = "dynamic-controller-concurrent-reconciles"
	processorsVariable = "GOMAXPROCS"
)

// The values compiled into builds that lack the flags (KRO v0.2 to v0.9.4).
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

// Flags returns the flags for the settings. Releases have renamed and added some, so
// each build gets those it knows (see [KnownFlags.Fit]).
func (s Settings) Flags() []Flag {
	workers := strconv.Itoa(s.Workers)
	return []Flag{
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
}

// Env returns the environment variables for the settings.
func (s Settings) Env() []string {
	return []string{
		processorsVariable + "=" + strconv.Itoa(s.GOMAXPROCS),
		"GOGC=" + strconv.Itoa(s.GOGC),
	}
}

// Apply configures a build with the settings. It sets, in the build's description, how
// the build is started, which flags it does not know, and the resulting settings.
func (s Settings) Apply(b *Build) {
	b.Info.Args, b.Info.Dropped = b.Flags.Fit(s.Flags())
	b.Info.Env = s.Env()
	b.Info.Settings = s.of(b.Flags)
}

// of returns the settings that result for a build with the known flags.
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

// Delay returns the longest delay after which the build comes back to an instance on
// its own. If its setting is not known, Delay returns the one that is compiled in.
func (b *Build) Delay() time.Duration {
	timer := b.Info.Settings.InstanceTimer
	if timer.Flag == "" {
		return compiledTimer
	}
	return time.Duration(timer.Value * float64(time.Second))
}
