package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/kro/perf-gate/bench/process"
)

// Binaries are the programs of a control plane.
type Binaries struct {
	APIServer, Etcd string // paths
	From            string // where they were found, for messages
}

// Find finds the programs. If assets, the value of KUBEBUILDER_ASSETS, is not empty, they must
// be in that directory. Otherwise Find looks at what setup-envtest has installed in the user's
// data directory, and then at what make control-plane has built in cache. It takes the newest
// version.
func Find(assets, data, cache string) (Binaries, error) {
	if assets != "" {
		b, err := in(assets)
		if err != nil {
			return Binaries{}, fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
		}
		b.From = "KUBEBUILDER_ASSETS"
		return b, nil
	}
	for _, source := range []struct{ from, pattern, suffix string }{
		{"setup-envtest", filepath.Join(data, "kubebuilder-envtest", "k8s", "*"), "-" + runtime.GOOS + "-" + runtime.GOARCH},
		{"make control-plane", filepath.Join(cache, "control-plane", "*"), ""},
	} {
		if b, ok := newest(source.pattern, source.suffix); ok {
			b.From = source.from
			return b, nil
		}
	}
	return Binaries{}, ErrNoBinaries
}

// ErrNoBinaries means that there is no control plane on this machine.
var ErrNoBinaries = errors.New("no kube-apiserver and etcd on this machine: run make control-plane in a checkout of perf-gate, " +
	"or setup-envtest use, or set KUBEBUILDER_ASSETS to the directory that holds them")

// newest returns the programs of the newest version. The names of their directories contain
// the version.
func newest(pattern, suffix string) (best Binaries, ok bool) {
	dirs, _ := filepath.Glob(pattern + suffix) // the pattern is well-formed
	version := func(dir string) string {
		name := strings.TrimSuffix(filepath.Base(dir), suffix)
		return "v" + strings.TrimPrefix(name, "v")
	}
	slices.SortFunc(dirs, func(a, b string) int { return semver.Compare(version(b), version(a)) })
	for _, dir := range dirs {
		if b, err := in(dir); err == nil && semver.IsValid(version(dir)) {
			return b, true
		}
	}
	return Binaries{}, false
}

func in(dir string) (Binaries, error) {
	b := Binaries{APIServer: filepath.Join(dir, "kube-apiserver"), Etcd: filepath.Join(dir, "etcd")}
	for _, path := range []string{b.APIServer, b.Etcd} {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return Binaries{}, err
		case !info.Mode().IsRegular() || info.Mode()&0o111 == 0:
			return Binaries{}, fmt.Errorf("%s is not an executable file", path)
		}
	}
	return b, nil
}

// version returns the version of the API server.
func (b Binaries) version(ctx context.Context) (string, error) {
	cmd := process.Command(ctx, b.APIServer, "--version")
	out, err := cmd.CombinedOutput()
	version, ok := strings.CutPrefix(strings.TrimSpace(string(out)), "Kubernetes ")
	if err != nil || !ok {
		return "", fmt.Errorf("%s (from %s) is not a kube-apiserver that can run here: %w\n  %s\n  | %s",
			b.APIServer, b.From, errors.Join(err, errors.New("no version")), process.CommandLine(cmd), strings.TrimSpace(string(out)))
	}
	return version, nil
}
