package advice

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// KRO's flags that bound what it does in time.
const (
	instanceTimer = "instance-requeue-interval"
	rgdTimer      = "rgd-progress-requeue-delay"
	workersFlag   = "dynamic-controller-concurrent-reconciles"
	processors    = "GOMAXPROCS"
)

// builtinTimer is the delay in builds that have no flag for it, and builtinWorkers
// the number of workers where none is given (KRO v0.2 to v0.9.4).
const (
	builtinTimer   = 3 * time.Second
	builtinWorkers = 1
)

// flag is the value that head was started with; ok is false when it was not
// given.
func (r run) flag(name string) (value string, ok bool) {
	for _, arg := range r.build.Args {
		if v, found := strings.CutPrefix(arg, "--"+name+"="); found {
			value, ok = v, true
		}
	}
	return value, ok
}

// timer returns the delay, in seconds, after which head comes back to an object
// on its own, and where that is known from. ok is false when it is not known.
func (r run) timer(flag string) (seconds float64, from string, ok bool) {
	if value, given := r.flag(flag); given {
		d, err := time.ParseDuration(value)
		return d.Seconds(), "--" + flag + ", head's arguments", err == nil && d > 0
	}
	if slices.Contains(r.build.Dropped, flag) {
		return builtinTimer.Seconds(), "compiled into head, which has no --" + flag, true
	}
	return 0, "", false
}

// workers returns how many instances head reconciles at a time.
func (r run) workers() (n float64, from string, ok bool) {
	if value, given := r.flag(workersFlag); given {
		n, err := strconv.ParseUint(value, 10, 16)
		return float64(n), "--" + workersFlag + ", head's arguments", err == nil && n > 0
	}
	if slices.Contains(r.build.Dropped, workersFlag) {
		return builtinWorkers, "compiled into head, which has no --" + workersFlag, true
	}
	return 0, "", false
}

// cores returns how many processors head's Go runtime uses at a time.
func (r run) cores() (n float64, ok bool) {
	for _, env := range r.build.Env {
		if value, found := strings.CutPrefix(env, processors+"="); found {
			n, err := strconv.ParseUint(value, 10, 16)
			return float64(n), err == nil && n > 0
		}
	}
	return 0, false
}
