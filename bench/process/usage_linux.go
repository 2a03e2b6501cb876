package process

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes returns the attributes of a child: a process group of its own, so that
// Ctrl-C in the terminal reaches only the gate, and a kill signal when the gate ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// UsageOf returns what a process has used. The CPU time comes from the process's CPU
// clock, which counts nanoseconds, while /proc counts ticks of 10 ms. The memory leaves out
// pages of files: how much of its binary is in memory depends on what the machine has read
// before, by a tenth of what KRO needs.
func UsageOf(pid int) (Usage, error) {
	var cpu unix.Timespec
	if err := unix.ClockGettime(cpuClock(pid), &cpu); err != nil {
		return Usage{}, fmt.Errorf("CPU time of process %d: %w", pid, err)
	}
	path := fmt.Sprintf("/proc/%d/statm", pid)
	statm, err := os.ReadFile(path)
	if err != nil {
		return Usage{}, err
	}
	var size, resident, files uint64 // pages
	if _, err := fmt.Sscan(string(statm), &size, &resident, &files); err != nil {
		return Usage{}, fmt.Errorf("%s: %q: %w", path, statm, err)
	}
	return Usage{
		CPUSeconds: float64(cpu.Nano()) / 1e9,
		ResidentB:  (resident - min(resident, files)) * uint64(os.Getpagesize()),
	}, nil
}

// cpuClock returns the CPU clock of a process, like clock_getcpuclockid(3): the
// complement of the process ID, and the bits for the scheduler's clock of the whole
// process.
func cpuClock(pid int) int32 { return int32(^pid)<<3 | 2 }
