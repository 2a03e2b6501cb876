package meter

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

func TestEnvironment(t *testing.T) {
	e := Environment("ubuntu24 20261101.1")
	if e.OS != runtime.GOOS || e.Arch != runtime.GOARCH || e.Go != runtime.Version() || e.CPUs != runtime.NumCPU() {
		t.Errorf("got %+v, want this process's platform", e)
	}
	if e.Image != "ubuntu24 20261101.1" {
		t.Errorf("got image %q, want the one given", e.Image)
	}
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		t.Skip(err)
	}
	if want := strings.TrimSpace(string(release)); e.Kernel != want {
		t.Errorf("got kernel %q, want %q", e.Kernel, want)
	}
	// No machine that runs Go has less than 16 MiB or more than 1 PiB.
	if e.MemoryB < 16<<20 || e.MemoryB > 1<<50 {
		t.Errorf("got %d bytes of memory", e.MemoryB)
	}
}

func TestCPUModel(t *testing.T) {
	for name, test := range map[string]struct{ cpuinfo, want string }{
		"x86": {
			"processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7763 64-Core Processor\n\nprocessor\t: 1\nmodel name\t: other\n",
			"AMD EPYC 7763 64-Core Processor",
		},
		"arm64": {
			"processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU part\t: 0xd0c\n\nprocessor\t: 1\nCPU part\t: 0xd0d\n",
			"implementer 0x41 part 0xd0c",
		},
		"neither": {"processor\t: 0\n", ""},
		"empty":   {"", ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := cpuModel(test.cpuinfo); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
