package meter

import (
	"runtime"

	"github.com/kro/perf-gate/bench"
)

// Environment describes this machine, as far as it can change figures. The image is
// the hosted runner's image, which only the caller can know. Fields that the platform
// does not report stay empty. Kubernetes always does: the cluster knows it.
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

// A machine holds what each platform reports in its own way.
type machine struct {
	cpu     string // model
	memoryB uint64
	kernel  string // release
}
