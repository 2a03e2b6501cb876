// Package calibrate measures how far a policy can be trusted, on data that was
// recorded: how often it fails runs of unchanged code, and how often it finds a
// slowdown of known size. Like package gate, which decides, it is pure.
//
// [Replay] takes any two of several runs of unchanged code as base and head and
// the others as history. [Resample] takes one run that measured one build on
// both arms, side by side, and draws rounds from it. Both slow down some
// benchmarks of head, by a factor on what was measured, to see whether the
// policy finds them.
package calibrate
