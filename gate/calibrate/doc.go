// Package calibrate measures how reliable a policy is, on recorded runs: how often
// it fails runs of unchanged code, and how often it finds a slowdown of known
// size. Like package gate, it is pure.
//
// [Replay] takes every two of several runs of unchanged code as base and head, and
// the others as history. [Resample] draws rounds from one run that measured the
// same build on both arms, side by side. Both also slow down some benchmarks of
// head, by multiplying the measured values, to see whether the policy finds them.
package calibrate
