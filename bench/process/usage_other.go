//go:build !linux

package process

import "syscall"

// attributes put the child in a process group of its own, so that Ctrl-C in the
// terminal reaches the gate alone.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// UsageOf returns ErrNotMeasured.
func UsageOf(int) (Usage, error) { return Usage{}, ErrNotMeasured }
