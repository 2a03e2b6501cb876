// Package bench holds what was measured, as plain data, and nothing else.
//
// It defines the words every other package speaks: an [Arm] is base or head, a
// [Benchmark] is one named piece of work, a [Session] is one fresh start of
// everything that carries state and the unit of replication, and a [Record] is
// all that one run measured.
//
// Records are JSON Lines: [Writer] appends to one, [Read] decodes one. The
// format is described in docs/record.md and by docs/record.schema.json.
//
// The package knows the metrics (see [Lookup]) with their units, classes and
// directions, but no statistics: package gate decides.
package bench
