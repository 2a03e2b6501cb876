package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes returns the attributes of a child: a process group of its own, so that
// Ctrl-C in the terminal reaches only the gate, and a kill signal when the gate ends.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// UsageOf returns what a process has used. The CPU time comes from the process's CPU
// clock, which counts nanoseconds, while /proc counts ticks of 10 ms.
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
	fields := strings.Fields(string(statm))
	if len(fields) < 2 {
		return Usage{}, fmt.Errorf("%s: %q has no resident size", path, statm)
	}
	pages, err := strconv.ParseUint(fields[1], 10, 64)
	if err != nil {
		return Usage{}, fmt.Errorf("%s: %w", path, err)
	}
	return Usage{
		CPUSeconds: float64(cpu.Nano()) / 1e9,
		ResidentB:  pages * uint64(os.Getpagesize()),
	}, nil
}

// cpuClock returns the CPU clock of a process, like clock_getcpuclockid(3): the
// complement of the process ID, and the bits for the scheduler's clock of the whole
// process.
func cpuClock(pid int) int32 { return int32(^pid)<<3 | 2 }
