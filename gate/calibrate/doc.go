// Package calibrate measures how reliable a policy is, on recorded runs: how often
// it fails runs of unchanged code, and how often it finds a slowdown of known
// size. Like package gate, it is pure.
//
// A policy is tried on runs of unchanged code. [Measured] takes runs that measured the
// same build on both arms, side by side, as they are, and [Resample] draws rounds from
// them. [Replay] takes every two of several runs as base and head, and the others as
// history. In each trial, every [Change] of the options is planted in the values of
// head, to see whether the policy finds it.
package calibrate
