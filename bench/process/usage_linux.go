package process

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
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

// TakePeak returns the largest resident memory of a process since the last call, or since it
// started, in bytes. Like [UsageOf], it leaves out pages of files. The kernel keeps the peak
// of all pages together, so these are the pages of files that are resident now.
func TakePeak(pid int) (uint64, error) {
	path := fmt.Sprintf("/proc/%d/status", pid)
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	size := map[string]uint64{"VmHWM": 0, "RssFile": 0, "RssShmem": 0} // KiB
	for line := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(line, ":")
		if _, wanted := size[name]; !wanted {
			continue
		}
		var kib uint64
		if _, err := fmt.Sscan(rest, &kib); err != nil {
			return 0, fmt.Errorf("%s: %q: %w", path, line, err)
		}
		size[name] = kib
	}
	if err := resetPeak(pid); err != nil {
		return 0, err
	}
	return (size["VmHWM"] - min(size["VmHWM"], size["RssFile"]+size["RssShmem"])) << 10, nil
}

// resetPeak makes the resident memory of a process its peak.
func resetPeak(pid int) error {
	file, err := os.OpenFile(fmt.Sprintf("/proc/%d/clear_refs", pid), os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrNotMeasured // the kernel was built without it
	}
	if err != nil {
		return err
	}
	_, err = file.WriteString("5") // see proc_pid_clear_refs(5)
	return errors.Join(err, file.Close())
}

// cpuClock returns the CPU clock of a process, like clock_getcpuclockid(3): the
// complement of the process ID, and the bits for the scheduler's clock of the whole
// process.
func cpuClock(pid int) int32 { return int32(^pid)<<3 | 2 }
