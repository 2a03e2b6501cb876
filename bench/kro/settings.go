package kro

import (
	"strconv"
	"time"
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

// CompiledRequeue is the delay of KRO's timers in builds without flags for it.
const CompiledRequeue = 3 * time.Second

// requeueFlag sets the timer that follows each change of an instance.
const requeueFlag = "instance-requeue-interval"

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
		{"dynamic-controller-concurrent-reconciles", workers},
		{requeueFlag, s.Requeue.String()},
		{"rgd-progress-requeue-delay", s.Requeue.String()},
		{"graceful-shutdown-timeout", "5s"},
		{"zap-devel", "false"}, // debug logs on the hot path are a first-order cost
		{"zap-log-level", "info"},
	}
}

// Env returns the environment variables that make the settings.
func (s Settings) Env() []string {
	return []string{
		"GOMAXPROCS=" + strconv.Itoa(s.GOMAXPROCS),
		"GOGC=" + strconv.Itoa(s.GOGC),
	}
}

// Apply writes the settings into the description of a build: how it is started
// and which flags it does not know.
func (s Settings) Apply(b *Build) {
	b.Info.Args, b.Info.Dropped = b.Flags.Fit(s.Flags())
	b.Info.Env = s.Env()
}

// Delay returns the longest delay after which this build, started with the
// settings, still comes back to an object on its own.
func (s Settings) Delay(b *Build) time.Duration {
	if b.installed != nil {
		return b.installed.delay
	}
	if b.Flags[requeueFlag] {
		return s.Requeue
	}
	return CompiledRequeue
}
