package bench

import (
	"fmt"
	"math"
	"regexp"
	"slices"
)

// A checker checks a record line by line. Reading and writing share it, so that
// everything written can be read back.
type checker struct {
	plan     Plan
	planned  map[string]bool // benchmarks
	sessions map[int]bool    // by index, those in the record
	// lone is the round of the last session if the other arm's is still missing, where
	// arms take turns by block; -1 otherwise.
	lone int
}

// newChecker checks the header and returns a checker of its sessions.
func newChecker(h Header) (*checker, error) {
	if h.Schema != Schema {
		return nil, fmt.Errorf("schema %q is not supported: this perf-gate reads %q and %q", h.Schema, schemaV3, Schema)
	}
	if len(h.Plan.Order) == 0 {
		return nil, fmt.Errorf("plan.order is empty: it gives the arm of each session")
	}
	for i, arm := range h.Plan.Order {
		if !arm.valid() {
			return nil, fmt.Errorf("plan.order[%d] is %q: want %s or %s", i, arm, Base, Head)
		}
	}
	if h.Plan.Rounds < 0 {
		return nil, fmt.Errorf("plan.rounds is %d: want 0 or more", h.Plan.Rounds)
	}
	if h.Plan.MaxRounds != 0 && h.Plan.MaxRounds < h.Plan.Rounds {
		return nil, fmt.Errorf("plan.max-rounds is %d: want 0, or %d or more, as many as are planned", h.Plan.MaxRounds, h.Plan.Rounds)
	}
	switch h.Plan.Turns {
	case "", ByBlock, BySession, NoTurns:
	default:
		return nil, fmt.Errorf("plan.turns is %q: want %s, %s or %s", h.Plan.Turns, ByBlock, BySession, NoTurns)
	}
	switch h.Plan.ControlPlane {
	case "", PerSession, PerArm, Shared:
	default:
		return nil, fmt.Errorf("plan.control-plane is %q: want %s, %s or %s", h.Plan.ControlPlane, PerSession, PerArm, Shared)
	}
	suites := map[string]bool{}
	for i, w := range h.Plan.Workloads {
		if w.Suite == "" || w.Digest == "" || suites[w.Suite] {
			return nil, fmt.Errorf("plan.workloads[%d]: want a suite that no other has, and a digest", i)
		}
		suites[w.Suite] = true
	}
	if h.Environment.CPUs < 0 {
		return nil, fmt.Errorf("environment.cpus is %d: want 0 or more", h.Environment.CPUs)
	}
	if len(h.Plan.Benchmarks) == 0 {
		return nil, fmt.Errorf("plan.benchmarks is empty: a record needs something to measure")
	}
	for arm, build := range h.Builds {
		if !arm.valid() {
			return nil, fmt.Errorf("builds has %q: want %s and %s", arm, Base, Head)
		}
		s := build.Settings
		for _, setting := range []Setting{s.InstanceTimer, s.RGDTimer, s.Workers, s.Processors} {
			if err := setting.check(); err != nil {
				return nil, fmt.Errorf("builds.%s.settings: %w", arm, err)
			}
		}
	}
	for _, a := range h.Accepted {
		if err := a.check(); err != nil {
			return nil, err
		}
	}
	c := &checker{plan: h.Plan, planned: map[string]bool{}, sessions: map[int]bool{}, lone: -1}
	for i, b := range h.Plan.Benchmarks {
		switch {
		case b.Name == "":
			return nil, fmt.Errorf("plan.benchmarks[%d] has no name", i)
		case c.planned[b.Name]:
			return nil, fmt.Errorf("benchmark %q is planned twice", b.Name)
		case b.Ops < 0:
			return nil, fmt.Errorf("benchmark %q plans %d operations: want 0 or more", b.Name, b.Ops)
		}
		if _, _, ok := b.swept(); b.Sweep != "" && !ok {
			return nil, fmt.Errorf("benchmark %q sweeps %q: want a parameter of its name with a positive number", b.Name, b.Sweep)
		}
		c.planned[b.Name] = true
	}
	return c, nil
}

// session checks the next session. Call add once it is part of the record.
func (c *checker) session(s Session) error {
	switch {
	case !s.Arm.valid():
		return fmt.Errorf("arm is %q: want %s or %s", s.Arm, Base, Head)
	case s.Phase != Planned && s.Phase != More && s.Phase != Confirm:
		return fmt.Errorf("session %d: phase is %q: want none, %s or %s", s.Index, s.Phase, More, Confirm)
	case s.Index < 0 || s.Phase == Planned && s.Index >= len(c.plan.Order):
		return fmt.Errorf("session index is %d: the plan has sessions 0 to %d", s.Index, len(c.plan.Order)-1)
	case s.Phase != Planned && s.Index < len(c.plan.Order):
		return fmt.Errorf("session %d is planned: it cannot be of phase %s", s.Index, s.Phase)
	case c.sessions[s.Index]:
		return fmt.Errorf("session %d is already in the record", s.Index)
	case s.Phase == Planned && s.Arm != c.plan.Order[s.Index]:
		return fmt.Errorf("session %d measures %s: the plan gives it to %s", s.Index, s.Arm, c.plan.Order[s.Index])
	case c.lone >= 0 && s.Round != c.lone:
		return fmt.Errorf("session %d is of round %d: round %d, in which both arms run at once, has one session", s.Index, s.Round, c.lone)
	case s.Round < 0:
		return fmt.Errorf("session %d: round is %d: want 0 or more", s.Index, s.Round)
	case s.Aborted && s.Failed == "":
		return fmt.Errorf("session %d is aborted, but did not fail", s.Index)
	case s.Seconds < 0:
		return fmt.Errorf("session %d: seconds is %v: want 0 or more", s.Index, s.Seconds)
	}
	for metric, v := range s.Control {
		if !(v > 0) || math.IsInf(v, 0) {
			return fmt.Errorf("session %d: control %q is %v: want a positive number", s.Index, metric, v)
		}
	}
	for process, cost := range s.Cost {
		if cost.CPUSeconds < 0 {
			return fmt.Errorf("session %d: cost of %q: cpu-sec is %v: want 0 or more", s.Index, process, cost.CPUSeconds)
		}
	}
	for process, line := range s.Usage {
		if n := len(line.Seconds); len(line.CPUSeconds) != n || len(line.ResidentB) != n {
			return fmt.Errorf("session %d: usage of %q: %d times, %d of CPU, %d of memory: want as many of each",
				s.Index, process, n, len(line.CPUSeconds), len(line.ResidentB))
		}
	}
	seen := make(map[string]bool, len(s.Results))
	for _, r := range s.Results {
		if err := c.result(r, seen); err != nil {
			return fmt.Errorf("session %d: %w", s.Index, err)
		}
		seen[r.Benchmark] = true
	}
	return nil
}

func (c *checker) result(r Result, seen map[string]bool) error {
	switch {
	case !c.planned[r.Benchmark]:
		return fmt.Errorf("benchmark %q is not in the plan", r.Benchmark)
	case seen[r.Benchmark]:
		return fmt.Errorf("benchmark %q has two results", r.Benchmark)
	case r.Ops < 0:
		return fmt.Errorf("benchmark %q: ops is %d: want 0 or more", r.Benchmark, r.Ops)
	case r.Errors < 0 || r.Errors > r.Ops:
		return fmt.Errorf("benchmark %q: errors is %d: want 0 to %d, its ops", r.Benchmark, r.Errors, r.Ops)
	case r.Seconds < 0:
		return fmt.Errorf("benchmark %q: seconds is %v: want 0 or more", r.Benchmark, r.Seconds)
	case !c.plan.Repetitions:
		return nil
	}
	for metric, samples := range r.Samples {
		processes := r.Processes[metric]
		if len(processes) != len(samples) || !slices.IsSorted(processes) || slices.ContainsFunc(processes, func(n int) bool { return n < 0 }) {
			return fmt.Errorf("benchmark %q: processes of %q: want the number of one for each of its %d samples, in order", r.Benchmark, metric, len(samples))
		}
	}
	return nil
}

func (c *checker) add(s Session) {
	c.sessions[s.Index] = true
	switch {
	case c.plan.Turns != ByBlock:
	case c.lone < 0:
		c.lone = s.Round
	default:
		c.lone = -1
	}
}

// remove takes back what add did for the last session, if it is a lone one.
func (c *checker) remove(s Session) {
	delete(c.sessions, s.Index)
	c.lone = -1
}

func (a Arm) valid() bool { return a == Base || a == Head }

// settingFlag matches the name of a flag or an environment variable. Reports quote
// it, and anyone can write a record.
var settingFlag = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`)

func (s Setting) check() error {
	switch {
	case s == Setting{}:
		return nil
	case !settingFlag.MatchString(s.Flag):
		return fmt.Errorf("flag is %q: want the name of a flag or an environment variable", s.Flag)
	case !(s.Value >= 0) || math.IsInf(s.Value, 0):
		return fmt.Errorf("%s is %v: want 0 or more", s.Flag, s.Value)
	}
	return nil
}
