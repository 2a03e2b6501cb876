package pprof

// Kind is what a profile is of.
type Kind string

const (
	CPU  Kind = "cpu"  // where CPU time goes
	Heap Kind = "heap" // where memory is allocated
)

// Kinds lists all kinds.
var Kinds = [...]Kind{CPU, Heap}
