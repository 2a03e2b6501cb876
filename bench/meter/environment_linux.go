package meter

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

func describe() machine {
	var m machine
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.cpu = cpuModel(string(info))
	}
	var system unix.Sysinfo_t
	if unix.Sysinfo(&system) == nil {
		m.memoryB = uint64(system.Totalram) * uint64(system.Unit) //nolint:unconvert // Totalram has 32 bits on 32-bit machines
	}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.kernel = unix.ByteSliceToString(name.Release[:])
	}
	return m
}

// cpuModel returns the model of the first processor in /proc/cpuinfo. 64-bit Arm has
// no name there, only the numbers of implementer and part.
func cpuModel(cpuinfo string) string {
	fields := map[string]string{}
	for line := range strings.Lines(cpuinfo) {
		key, value, _ := strings.Cut(line, ":")
		key = strings.TrimSpace(key)
		if _, seen := fields[key]; !seen {
			fields[key] = strings.TrimSpace(value)
		}
	}
	if model := fields["model name"]; model != "" {
		return model
	}
	implementer, part := fields["CPU implementer"], fields["CPU part"]
	if implementer == "" || part == "" {
		return ""
	}
	return "implementer " + implementer + " part " + part
}
