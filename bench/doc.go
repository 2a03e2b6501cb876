// Package bench defines the data that a run measures, and nothing else.
//
// All other packages use its types: an [Arm] is base or head, a
// [Benchmark] is one named piece of work, a [Session] is one fresh start of
// everything that carries state and the unit of replication, and a [Record] is
// all that one run measured.
//
// Records are JSON Lines: [Writer] appends to one, [Read] decodes one. The
// format is described in docs/record.md and by docs/record.schema.json.
//
// The package knows the unit, class and direction of each metric (see [Lookup]),
// but no statistics. Package gate decides.
package bench
