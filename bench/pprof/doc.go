// Package pprof takes pprof profiles of KRO while it is measured, stores them next to
// the record, and reads them back. Package gate/explain compares them.
//
// In this package, a profile is always one in pprof's format. Everywhere else, a
// profile is the amount of work that a run does.
//
// KRO serves profiles if it is built with its pprof tag. Taking them costs little, and
// the same for both arms: some signals per second for the CPU profile, and two garbage
// collections per session for the heap profile.
package pprof
