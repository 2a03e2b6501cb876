package apiserver

import (
	"runtime"
	"strconv"

	apimachineryversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/component-base/compatibility"
)

// version says which Kubernetes release is simulated; a build without the
// release's linker flags does not know.
type version struct {
	compatibility.EffectiveVersion
	release string
}

// Info is what GET /version answers.
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
