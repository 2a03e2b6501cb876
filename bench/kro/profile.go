package kro

import (
	"strconv"
	"time"
)

// A Profile is how KRO is started: every knob that shapes its figures, set
// explicitly, so that a changed default is not mistaken for a changed speed.
type Profile struct {
	// Workers is the number of concurrent reconciles of each controller.
	Workers int
	// Requeue is the delay of KRO's own timers, which quantise its latencies. It
	// must be longer than a reconcile and what follows it at once, or the two
	// fall together now and then, and counts are not reproduced.
	Requeue time.Duration
	// GOMAXPROCS and GOGC are the Go runtime's.
	GOMAXPROCS int
	GOGC       int
}

// CompiledRequeue is the delay of KRO's timers in builds without flags for it.
const CompiledRequeue = 3 * time.Second

// requeueFlag sets the timer that follows each change of an instance.
const requeueFlag = "instance-requeue-interval"

// DefaultProfile is the profile that runs are measured with. One processor is
// what KRO's chart gives it: Go derives GOMAXPROCS from the limit of 1000m since
// 1.25, and older builds get the same. It leaves the API server a core of its
// own on the small machines that run the gate. Two workers per controller let
// bursts overlap. The plan sets Requeue.
var DefaultProfile = Profile{Workers: 2, GOMAXPROCS: 1, GOGC: 100}

// A Setting is one flag of KRO.
type Setting struct{ Flag, Value string }

// Settings are the profile's flags. Later releases renamed or added some; each
// build is given those it knows (see [Flags.Fit]).
func (p Profile) Settings() []Setting {
	workers := strconv.Itoa(p.Workers)
	return []Setting{
		{"leader-elect", "false"},
		{"allow-crd-deletion", "true"},
		{"resource-graph-definition-concurrent-reconciles", workers},
		{"graph-revision-concurrent-reconciles", workers},
		{"dynamic-controller-concurrent-reconciles", workers},
		{requeueFlag, p.Requeue.String()},
		{"rgd-progress-requeue-delay", p.Requeue.String()},
		{"graceful-shutdown-timeout", "5s"},
		{"zap-devel", "false"}, // debug logs on the hot path are a first-order cost
		{"zap-log-level", "info"},
	}
}

// Env is the profile's part of KRO's environment.
func (p Profile) Env() []string {
	return []string{
		"GOMAXPROCS=" + strconv.Itoa(p.GOMAXPROCS),
		"GOGC=" + strconv.Itoa(p.GOGC),
	}
}

// Apply writes the profile into the description of a build: how it is started
// and which flags it does not know.
func (p Profile) Apply(b *Build) {
	b.Info.Args, b.Info.Dropped = b.Flags.Fit(p.Settings())
	b.Info.Env = p.Env()
}

// Delay is the longest delay after which this build, started with the profile,
// still comes back to an object on its own.
func (p Profile) Delay(b *Build) time.Duration {
	if b.installed != nil {
		return b.installed.delay
	}
	if b.Flags[requeueFlag] {
		return p.Requeue
	}
	return CompiledRequeue
}
