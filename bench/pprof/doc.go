// Package profile takes pprof profiles of KRO while it is measured, keeps them
// beside the record and reads them back. What they say about a change is for
// package gate/explain.
//
// KRO serves profiles when it is built with its pprof tag. Taking them costs
// it little, and both arms the same: some signals per second for the CPU
// profile, and two garbage collections per session for the heap profile.
package pprof
