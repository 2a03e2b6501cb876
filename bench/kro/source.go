package kro

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Module is KRO's Go module.
const Module = "github.com/kubernetes-sigs/kro"

// A Kind says what a KRO build is made from.
type Kind string

const (
	Release Kind = "release" // a version of the Go module: v0.9.4
	Source  Kind = "source"  // a directory with KRO's source
	Git     Kind = "git"     // a commit of a git checkout: git:main
	Binary  Kind = "binary"  // an executable file
	Image   Kind = "image"   // a container image in a registry: image:registry.example/kro:v1
	Archive Kind = "archive" // a file with a container image, in the format of docker save
	// Installed is the KRO that already runs in an existing cluster.
	Installed Kind = "installed"
)

// A Ref is a KRO that the user named. It is not built yet.
type Ref struct {
	Kind Kind
	Name string // as the user wrote it
	// Path is absolute: the source tree, the file, or for a git commit a
	// directory in its checkout.
	Path string
	// Commit is the commit that a git name resolved to when it was parsed.
	Commit string
}

// Parse resolves a name. Paths are relative to the working directory. Git commits are
// looked up in its checkout, and then in those of near, other builds of the same run.
func Parse(ctx context.Context, name string, near ...Ref) (Ref, error) {
	newest := Known[len(Known)-1]
	switch {
	case name == "":
		return Ref{}, errors.New("no KRO given: name a release such as " + newest + ", a source tree, git:REV, a binary, image:REFERENCE or an image archive")
	case strings.HasPrefix(name, gitPrefix):
		var checkouts []string
		for _, ref := range near {
			if ref.Kind == Source || ref.Kind == Git {
				checkouts = append(checkouts, ref.Path)
			}
		}
		ref, err := parseGit(ctx, name, checkouts)
		if err != nil {
			return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
		}
		return ref, nil
	case strings.HasPrefix(name, imagePrefix):
		if _, err := parseImage(name); err != nil {
			return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
		}
		return Ref{Kind: Image, Name: name}, nil
	case name == string(Installed):
		return Ref{Kind: Installed, Name: name}, nil
	case semver.IsValid(name):
		if semver.Canonical(name) != name {
			return Ref{}, fmt.Errorf("KRO %q: write a release in full, such as %s", name, newest)
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
		return Ref{}, fmt.Errorf("KRO %q is neither a release such as %s, git:REV or image:REFERENCE nor an existing source tree, binary or image archive", name, newest)
	case err != nil:
		return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
	case info.IsDir():
		if err := checkTree(path); err != nil {
			return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
		}
		return Ref{Kind: Source, Name: name, Path: path}, nil
	case !info.Mode().IsRegular():
		return Ref{}, fmt.Errorf("KRO %q is neither a directory nor a regular file", name)
	case info.Mode()&0o111 != 0:
		return Ref{Kind: Binary, Name: name, Path: path}, nil
	}
	if err := checkArchive(path); err != nil {
		return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
	}
	return Ref{Kind: Archive, Name: name, Path: path}, nil
}

// checkTree checks that a directory is KRO's source.
func checkTree(dir string) error {
	path := filepath.Join(dir, "go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("not a KRO source tree: %w", err)
	}
	if err := checkModule(data); err != nil {
		return fmt.Errorf("%s is not a KRO source tree: %w", dir, err)
	}
	return nil
}

// checkModule checks that a go.mod is KRO's.
func checkModule(mod []byte) error {
	if module := modfile.ModulePath(mod); module != Module {
		return fmt.Errorf("its go.mod is of module %q, not %s", module, Module)
	}
	return nil
}
