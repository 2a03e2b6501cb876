package apiserver

import (
	"runtime"
	"strconv"

	apimachineryversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/component-base/compatibility"
)

// version is the simulated Kubernetes release, which a build does not know without the linker
// flags of that release.
type version struct {
	compatibility.EffectiveVersion
	release string
}

// Info returns the answer to GET /version.
func (v version) Info() *apimachineryversion.Info {
	binary := v.BinaryVersion()
	info := apimachineryversion.Info{
		GitVersion: v.release,
		GoVersion:  runtime.Version(),
		Compiler:   runtime.Compiler,
		Platform:   runtime.GOOS + "/" + runtime.GOARCH,
	}
	info.Major, info.Minor = strconv.Itoa(int(binary.Major())), strconv.Itoa(int(binary.Minor()))
	return &info
}
