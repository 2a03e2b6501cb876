package meter

import (
	"runtime"

	"github.com/kro/perf-gate/bench"
)

// Environment describes this machine as far as it can change figures. The
// image names the hosted runner's image, which only the caller can know. What
// the platform does not tell stays blank, Kubernetes always: that is the
// cluster's to say.
func Environment(image string) bench.Environment {
	m := describe()
	return bench.Environment{
		OS:      runtime.GOOS,
		Arch:    runtime.GOARCH,
		CPU:     m.cpu,
		CPUs:    runtime.NumCPU(),
		MemoryB: m.memoryB,
		Kernel:  m.kernel,
		Image:   image,
		Go:      runtime.Version(),
	}
}

// machine is what each platform tells in its own way.
type machine struct {
	cpu     string // model
	memoryB uint64
	kernel  string // release
}
