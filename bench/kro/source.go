package kro

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
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
	// Module is the Go module of a release, source tree or commit.
	Module string
}

// AnyModule accepts the source of every Go module in place of KRO's.
const AnyModule = ""

// Parse resolves a name. Paths are relative to the working directory. Git commits are
// looked up in its checkout, and then in those of near, other builds of the same run.
func Parse(ctx context.Context, name string, near ...Ref) (Ref, error) {
	return resolve(ctx, name, Module, near)
}

// ParseSource is like Parse, but the source may be that of any Go module. A release of
// another module than KRO is named module@version.
func ParseSource(ctx context.Context, name string, near ...Ref) (Ref, error) {
	if path, version, ok := strings.Cut(name, "@"); ok && module.Check(path, version) == nil {
		return Ref{Kind: Release, Name: name, Module: path}, nil
	}
	ref, err := resolve(ctx, name, AnyModule, near)
	switch {
	case err != nil:
		return Ref{}, err
	case !ref.HasSource():
		return Ref{}, fmt.Errorf("KRO %q has no source: Go benchmarks need a release, a source tree or git:REV", name)
	}
	return ref, nil
}

// HasSource reports whether the source of the build is at hand, and not only the program.
func (r Ref) HasSource() bool { return r.Kind == Release || r.Kind == Source || r.Kind == Git }

// Tree returns the directory with the source, in which nothing may be changed. A commit is
// written to the new directory dir, for which there must be a parent of its own.
func (r Ref) Tree(ctx context.Context, dir string) (string, error) {
	switch r.Kind {
	case Release:
		version := r.Name
		if _, after, ok := strings.Cut(r.Name, "@"); ok {
			version = after
		}
		tree, _, err := download(ctx, r.Module, version)
		return tree, err
	case Git:
		return dir, checkOut(ctx, r, dir, dir+".index")
	default:
		return r.Path, nil
	}
}

// Version describes the source: a release by its version, anything else as git describe
// does.
func (r Ref) Version(ctx context.Context) (string, error) {
	switch r.Kind {
	case Release:
		return r.Name, nil
	case Git:
		return describeCommit(ctx, r)
	default:
		return describeTree(ctx, r.Path), nil
	}
}

// resolve resolves a name. The source has to be that of the module, unless that is [AnyModule].
func resolve(ctx context.Context, name, of string, near []Ref) (Ref, error) {
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
		ref, err := parseGit(ctx, name, of, checkouts)
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
		return Ref{Kind: Release, Name: name, Module: Module}, nil
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
		found, err := moduleOf(path, of)
		if err != nil {
			return Ref{}, fmt.Errorf("KRO %q: %w", name, err)
		}
		return Ref{Kind: Source, Name: name, Path: path, Module: found}, nil
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

// moduleOf returns the module whose source is in a directory.
func moduleOf(dir, want string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", fmt.Errorf("not %s: %w", sourceTree(want), err)
	}
	found, err := checkModule(data, want)
	if err != nil {
		return "", fmt.Errorf("%s is not %s: %w", dir, sourceTree(want), err)
	}
	return found, nil
}

// checkModule returns the module of a go.mod, and checks that it is the wanted one.
func checkModule(mod []byte, want string) (string, error) {
	found := modfile.ModulePath(mod)
	switch {
	case found == "":
		return "", errors.New("its go.mod names no module")
	case want != AnyModule && found != want:
		return "", fmt.Errorf("its go.mod is of module %q, not %s", found, want)
	}
	return found, nil
}

// sourceTree names what has the source of a module.
func sourceTree(module string) string {
	if module == Module {
		return "a KRO source tree"
	}
	return "the source of a Go module"
}
