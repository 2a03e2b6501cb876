// Package gotest measures the Go benchmarks of two source trees side by side. It finds the
// benchmarks, compiles a test program for each package and arm, and runs the programs of
// both arms in turn. Nothing is written into the trees.
package gotest
