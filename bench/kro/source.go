package kro

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Module is KRO's Go module.
const Module = "github.com/kubernetes-sigs/kro"

// Known are the releases this version of perf-gate was tried with, oldest first.
var Known = []string{"v0.9.0", "v0.9.1", "v0.9.2", "v0.9.3", "v0.9.4"}

// Kind says what a KRO build is made from.
type Kind string

const (
	Release Kind = "release" // a version of the Go module: v0.9.4
	Source  Kind = "source"  // a directory with KRO's source
	Binary  Kind = "binary"  // an executable file
)

// A Ref is a KRO that the user named, not built yet.
type Ref struct {
	Kind Kind
	Name string // as the user wrote it
	Path string // absolute, for sources and binaries
}

// Parse tells what a name means: a release version, a source tree or a binary.
func Parse(name string) (Ref, error) {
	if name == "" {
		return Ref{}, errors.New("no KRO named: give a release such as " + Known[len(Known)-1] + ", a source tree or a binary")
	}
	if semver.IsValid(name) {
		if semver.Canonical(name) != name {
			return Ref{}, fmt.Errorf("KRO %q: a release is written in full, such as %s", name, Known[len(Known)-1])
		}
		return Ref{Kind: Release, Name: name}, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Ref{}, fmt.Errorf("KRO %q is neither a release such as %s nor an existing source tree or binary", name, Known[len(Known)-1])
	case err != nil:
		return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
	case info.IsDir():
		if err := checkTree(path); err != nil {
			return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
		}
		return Ref{Kind: Source, Name: name, Path: path}, nil
	case info.Mode().IsRegular() && info.Mode()&0o111 != 0:
		return Ref{Kind: Binary, Name: name, Path: path}, nil
	}
	return Ref{}, fmt.Errorf("KRO %q is a file that cannot be executed: a binary needs chmod +x", name)
}

// checkTree makes sure that a directory is KRO's source.
func checkTree(dir string) error {
	path := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("not a KRO source tree: %w", err)
	}
	if module := modfile.ModulePath(data); module != Module {
		return fmt.Errorf("not a KRO source tree: %s is of module %q, not %s", path, module, Module)
	}
	return nil
}

// Newest returns the two newest releases this version of perf-gate knows.
func Newest() (base, head string) {
	return Known[len(Known)-2], Known[len(Known)-1]
}
