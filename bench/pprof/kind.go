package pprof

// A Kind says what a profile shows.
type Kind string

const (
	CPU  Kind = "cpu"  // where CPU time goes
	Heap Kind = "heap" // where memory is allocated
)

// Kinds lists all kinds.
var Kinds = [...]Kind{CPU, Heap}
