package bench

// The suites of Go benchmarks.
const (
	GoSuite    = "go"    // those of the source itself
	MicroSuite = "micro" // perf-gate's own of KRO
)

// InProcess reports whether the benchmark is a Go benchmark: it runs in a test program, not
// against a running KRO.
func (b Benchmark) InProcess() bool { return b.Suite == GoSuite || b.Suite == MicroSuite }

// Measures reports whether the benchmark can have a metric of the catalogue.
func (b Benchmark) Measures(metric string) bool {
	switch metric {
	case ErrorsPerOp, AllocsPerOp, BytesPerOp, CPUSecPerOp:
		return true
	case SecPerOp, BytesPerSec, CELCost, CELCostEstimated:
		return b.InProcess()
	default:
		return !b.InProcess()
	}
}

// Constant reports whether sessions reproduce a metric of the benchmark so closely that any
// difference beyond the tolerance is real: see [Metric.Constant]. Of Go benchmarks,
// allocations are.
func (b Benchmark) Constant(m Metric) bool {
	return b.Class(m.Name) == m.Class && (m.Constant || b.InProcess() && m.Class == Steady)
}

// GoBenchmarks say how a run measures the Go benchmarks in the source of the arms, and what
// it does not measure of them.
type GoBenchmarks struct {
	// Packages are patterns of the go command, and Bench is a regular expression as of go
	// test -bench. Both may be empty, for all.
	Packages []string `json:"packages,omitempty"`
	Bench    string   `json:"bench,omitempty"`
	// Source is the arm whose test files both arms use. If it is empty, each uses its own.
	Source Arm `json:"source,omitempty"`
	// In each session, a process repeats each of its benchmarks this often and for this long
	// each time. The median of the repetitions is the session's value.
	Repetitions       int     `json:"repetitions"`
	RepetitionSeconds float64 `json:"repetition-sec"`
	// OnlyIn lists benchmarks that one arm has.
	OnlyIn map[Arm][]string `json:"only-in,omitempty"`
	// Broken has, by package, what the compiler says of test programs that do not build.
	Broken map[Arm]map[string]string `json:"broken,omitempty"`
	// Failing says of benchmarks why they fail in every arm that has them, so that they are
	// left out.
	Failing map[string]string `json:"failing,omitempty"`
	// Slow lists benchmarks that are left out because an iteration takes too long.
	Slow []string `json:"slow,omitempty"`
	// Same lists packages that are left out because their test programs, and the files that
	// these read, are the same in both arms.
	Same []string `json:"same,omitempty"`
	// Edited lists packages whose test files differ between the arms.
	Edited []string `json:"edited,omitempty"`
}
