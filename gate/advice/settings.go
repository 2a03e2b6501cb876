package advice

import "github.com/kro/perf-gate/bench"

// timer returns the delay, in seconds, after which head reconciles an object of the
// benchmark again without an event. Ok is false if it is off or not known.
func (r run) timer(b bench.Benchmark) (s bench.Setting, ok bool) {
	s = r.build.Settings.InstanceTimer
	if ofRGDs(b) {
		s = r.build.Settings.RGDTimer
	}
	return s, usable(s)
}

// ofRGDs reports whether the benchmark works on RGDs, not on instances.
func ofRGDs(b bench.Benchmark) bool { return b.Suite == "graph" }

// workers returns how many instances head reconciles at a time. Ok is false if it is
// not known.
func (r run) workers() (s bench.Setting, ok bool) {
	s = r.build.Settings.Workers
	return s, usable(s)
}

// cores returns how many processors head's Go runtime uses at a time. Ok is false
// if it is not known.
func (r run) cores() (n float64, ok bool) {
	s := r.build.Settings.Processors
	return s.Value, usable(s)
}

// usable reports whether a setting is known and a number to compute with.
func usable(s bench.Setting) bool { return s.Flag != "" && s.Value > 0 && finite(s.Value) }

// from returns the source of a setting.
func from(s bench.Setting) string {
	if s.CompiledIn {
		return "compiled into head, which has no --" + s.Flag
	}
	return "--" + s.Flag + ", head's arguments"
}
