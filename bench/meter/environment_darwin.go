package meter

import "golang.org/x/sys/unix"

func describe() machine {
	// A name that this release of macOS does not have stays blank.
	var m machine
	m.cpu, _ = unix.Sysctl("machdep.cpu.brand_string")
	m.memoryB, _ = unix.SysctlUint64("hw.memsize")
	m.kernel, _ = unix.Sysctl("kern.osrelease")
	return m
}
