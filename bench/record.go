package bench

import (
	"strings"
	"time"
)

// Schema is the version of the record's format. The first line of a record holds it.
const Schema = "perf-gate/record/v4"

// A Record is everything that one run measured.
type Record struct {
	Header   Header
	Sessions []Session
	// Torn is set when [Read] left out an incomplete last line, as after a crash.
	Torn bool
}

// Header is the first line of a record: the plan, the environment and the builds.
type Header struct {
	Schema      string        `json:"schema"`
	Tool        string        `json:"tool"` // version of the perf-gate that wrote the record
	Created     time.Time     `json:"created"`
	Plan        Plan          `json:"plan"`
	Environment Environment   `json:"environment"`
	Builds      map[Arm]Build `json:"builds"`
	// Accepted are the regressions of head that someone accepted.
	Accepted []Acceptance `json:"accepted,omitempty"`
}

// Plan describes what a run measures.
type Plan struct {
	Cluster string `json:"cluster"`
	// ControlPlane says which sessions share a control plane, on a local cluster.
	ControlPlane ControlPlane `json:"control-plane,omitempty"`
	Profile      string       `json:"profile"`
	Suites       []string     `json:"suites"`
	// Workloads are those of the user, beside the built-in ones.
	Workloads  []Workload  `json:"workloads,omitempty"`
	Rounds     int         `json:"rounds"` // sessions per arm
	Seed       uint64      `json:"seed"`
	Order      []Arm       `json:"order"` // the arm of each session
	Benchmarks []Benchmark `json:"benchmarks"`
	// ControllerArgs are flags that KRO gets besides those of the profile.
	ControllerArgs []string `json:"controller-args,omitempty"`
	// Pprof are the kinds of pprof profiles that each session takes.
	Pprof []string `json:"pprof,omitempty"`
	// MaxRounds is the largest number of rounds, which an undecided run may reach;
	// 0 means no more than the planned ones.
	MaxRounds int `json:"max-rounds,omitempty"`
	// Turns says how the arms took turns. It is empty where there is one arm, and in older
	// records, whose arms took turns by session.
	Turns Turns `json:"turns,omitempty"`
	// Repetitions is set when the samples of each metric are repetitions of the
	// benchmark, as of Go benchmarks. Each process that made some of them then counts
	// as a session: see [Result.Processes].
	Repetitions bool `json:"repetitions,omitempty"`
	// LeftOut are benchmarks that the built-in suites have in other profiles, or on other
	// clusters: the parts of their names that do not depend on their sizes, or the name of
	// a suite of which the plan has nothing.
	LeftOut []string `json:"left-out,omitempty"`
	// Go describes the Go benchmarks of a run that measures them; nil in others.
	Go *GoBenchmarks `json:"go,omitempty"`
	// Units describe the metrics that are not in the catalogue, by name.
	Units map[string]Unit `json:"units,omitempty"`
}

// A Workload is a workload that the user wrote.
type Workload struct {
	// Suite is the suite of its benchmarks. No other workload has it.
	Suite string `json:"suite"`
	// Dir is its directory as the user named it, or the last part of an absolute path.
	Dir string `json:"dir"`
	// Digest is the SHA-256 of its files. The benchmarks of another digest are other work.
	Digest string `json:"digest"`
}

// WorkloadOf returns the user's workload that has the benchmarks of a suite. It is the
// zero value for a built-in suite.
func (p Plan) WorkloadOf(suite string) Workload {
	for _, w := range p.Workloads {
		if w.Suite == suite {
			return w
		}
	}
	return Workload{}
}

// Turns say how the arms of a run take turns.
type Turns string

const (
	// ByBlock: both arms of a round run at once and take turns within each benchmark,
	// a block of operations at a time.
	ByBlock Turns = "blocks"
	// BySession: a round is a session of one arm and then one of the other.
	BySession Turns = "sessions"
	// NoTurns: the arms were measured in different runs, so that their rounds have
	// nothing in common.
	NoTurns Turns = "none"
)

// Seconds returns how long the sessions took together. Sessions that ran at once count as
// the longest of them.
func (p Plan) Seconds(sessions []Session) float64 {
	total, rounds := 0.0, map[int]float64{}
	for _, s := range sessions {
		if p.Turns == ByBlock {
			rounds[s.Round] = max(rounds[s.Round], s.Seconds)
		} else {
			total += s.Seconds
		}
	}
	for _, longest := range rounds {
		total += longest
	}
	return total
}

// A Unit describes a metric of a Go benchmark.
type Unit struct {
	Class  Class  `json:"class"`
	Better Better `json:"better"`
}

// Metric returns the description of a metric that the plan's benchmarks measure. If
// neither the catalogue nor the plan knows it, ok is false.
func (p Plan) Metric(name string) (m Metric, ok bool) {
	if m, ok = Lookup(name); ok {
		return m, true // a record cannot redefine the catalogue
	}
	u, ok := p.Units[name]
	return Metric{Name: name, Class: u.Class, Better: u.Better, Group: groupOf(u.Class)}, ok
}

// A Phase says why a session was measured.
type Phase string

const (
	Planned Phase = ""
	More    Phase = "more"    // the run was undecided
	Confirm Phase = "confirm" // only the regressed benchmarks were measured again
)

// A ControlPlane says which sessions share a control plane.
type ControlPlane string

const (
	PerSession ControlPlane = "session" // none: each has its own
	PerArm     ControlPlane = "arm"     // those of one arm
	Shared     ControlPlane = "shared"  // all
)

// Benchmark returns the planned benchmark of that name.
func (p Plan) Benchmark(name string) (Benchmark, bool) {
	for _, b := range p.Benchmarks {
		if b.Name == name {
			return b, true
		}
	}
	return Benchmark{}, false
}

// Environment describes the machine and the cluster, as far as they can change
// figures.
type Environment struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu"`
	CPUs       int    `json:"cpus"`
	MemoryB    uint64 `json:"memory-B,omitempty"`
	Kernel     string `json:"kernel,omitempty"`
	Image      string `json:"image,omitempty"` // the hosted runner's image
	Go         string `json:"go"`
	Kubernetes string `json:"kubernetes,omitempty"`
	NodeImage  string `json:"node-image,omitempty"` // of a kind cluster
}

// A Build is one KRO controller under test.
type Build struct {
	Ref     string `json:"ref"` // as the user named it: v0.9.4, ./kro, git:main
	Version string `json:"version,omitempty"`
	Kind    string `json:"kind"`   // release, source, git, binary, image, archive or installed
	Digest  string `json:"digest"` // sha256 of the binary
	Go      string `json:"go,omitempty"`
	// Modules are the versions of the dependencies that influence its speed.
	Modules map[string]string `json:"modules,omitempty"`
	// Args and Env are the arguments and the environment it was started with.
	// Dropped lists the flags that it does not know and was started without.
	Args    []string `json:"args"`
	Env     []string `json:"env,omitempty"`
	Dropped []string `json:"dropped,omitempty"`
	// Settings are the settings that result from Args, Env and Dropped.
	Settings Settings `json:"settings,omitzero"`
}

// Settings are the settings of a build that limit how fast it works. A setting that
// is not known is zero.
type Settings struct {
	// InstanceTimer and RGDTimer are the delays, in seconds, after which KRO comes
	// back to an instance or an RGD on its own.
	InstanceTimer Setting `json:"instance-timer-sec,omitzero"`
	RGDTimer      Setting `json:"rgd-timer-sec,omitzero"`
	// Workers is the number of instances it reconciles at a time.
	Workers Setting `json:"workers,omitzero"`
	// Processors is the number of processors its Go runtime uses at a time.
	Processors Setting `json:"processors,omitzero"`
}

// A Setting is a value and where it comes from.
type Setting struct {
	Value float64 `json:"value"`
	// Flag is the name of the flag or environment variable that sets the value.
	Flag string `json:"flag"`
	// CompiledIn is set when the value is compiled into the build because the build
	// has no such flag.
	CompiledIn bool `json:"compiled-in,omitempty"`
}

// A Session is one fresh start of everything that carries state, in which
// every planned benchmark runs once.
type Session struct {
	Index   int       `json:"index"` // position in the plan's order
	Round   int       `json:"round"`
	Arm     Arm       `json:"arm"`
	Phase   Phase     `json:"phase,omitempty"`
	Started time.Time `json:"started"`
	Seconds float64   `json:"seconds"`
	// Failed says why the session is incomplete. What it measured until then is
	// kept but not compared.
	Failed string `json:"failed,omitempty"`
	// Aborted is set when it failed only because the other arm of its round did.
	Aborted bool     `json:"aborted,omitempty"`
	Results []Result `json:"results"`
	// Control is the time of the control workload before and after the session, by
	// metric.
	Control map[string]float64 `json:"control,omitempty"`
	// Cost is what each process used during the session: gate, controller, and the
	// cluster's own, such as apiserver and etcd.
	Cost map[string]Cost `json:"cost,omitempty"`
	// Usage is what each process used over time.
	Usage map[string]Timeline `json:"usage,omitempty"`
}

// Cause returns the first line of Failed, without the log that may follow it.
func (s Session) Cause() string {
	cause, _, _ := strings.Cut(s.Failed, "\n")
	return cause
}

// Processes counts the processes that repeated benchmarks: see [Result.Processes].
func (s Session) Processes() int {
	n := 0
	for _, result := range s.Results {
		for _, processes := range result.Processes {
			if len(processes) > 0 {
				n = max(n, 1+processes[len(processes)-1])
			}
		}
	}
	return n
}

// Cost is what one process used during a session.
type Cost struct {
	CPUSeconds float64 `json:"cpu-sec"`
	ResidentB  uint64  `json:"resident-B,omitempty"`
}

// A Timeline is what a process used over time. Its slices have the same length.
type Timeline struct {
	Seconds    []float64 `json:"sec"`        // since sampling began, after the controller had started
	CPUSeconds []float64 `json:"cpu-sec"`    // used so far
	ResidentB  []uint64  `json:"resident-B"` // at that moment
}

// A Result is what one benchmark measured in one session.
type Result struct {
	Benchmark string  `json:"benchmark"`
	Ops       int     `json:"ops"`    // operations tried
	Errors    int     `json:"errors"` // operations that failed or timed out
	Seconds   float64 `json:"seconds"`
	// Metrics holds one value per metric. A metric that the build does not expose
	// is absent.
	Metrics map[string]float64 `json:"metrics"`
	// Samples are the values of single operations behind a metric, in order.
	Samples map[string][]float64 `json:"samples,omitempty"`
	// Processes are the numbers, from 0, of the processes that measured the samples,
	// by metric, where samples are repetitions of the benchmark.
	Processes map[string][]int `json:"processes,omitempty"`
	// Messages are the first few errors, for the reader, one line each.
	Messages []string `json:"messages,omitempty"`
}

// A RequestCount counts the API requests of one kind.
type RequestCount struct {
	Verb      string `json:"verb"`     // get, list, watch, create, update, patch, apply, delete, deletecollection
	Resource  string `json:"resource"` // plural, with "/subresource" where there is one; the path for non-resource requests
	Group     string `json:"group,omitempty"`
	Code      int    `json:"code"` // 0 while a watch is open
	UserAgent string `json:"user-agent"`
	Count     int64  `json:"count"`
	SentB     int64  `json:"sent-B"`     // request bodies
	ReceivedB int64  `json:"received-B"` // response bodies, open watches included
}
