package gotest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench/process"
)

// A Tree is the source of a Go module.
type Tree struct {
	Module string // its path
	Dir    string // absolute
	// Copy is a directory with the same files, in which the test programs run: what a test
	// writes is not written into the tree.
	Copy string
}

// CopyTo copies the files of the tree to the new directory dir, without those of git.
func (t *Tree) CopyTo(dir string) error {
	t.Copy = dir
	return filepath.WalkDir(t.Dir, func(from string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(t.Dir, from)
		if err != nil {
			return err
		}
		to := filepath.Join(dir, rel)
		switch {
		case entry.Name() == ".git":
			if entry.IsDir() {
				return fs.SkipDir
			}
			return nil
		case entry.IsDir():
			return os.MkdirAll(to, 0o755)
		case entry.Type() == fs.ModeSymlink:
			target, err := os.Readlink(from)
			if err != nil {
				return err
			}
			return os.Symlink(target, to)
		case entry.Type().IsRegular():
			return copyFile(from, to)
		}
		return nil
	})
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// label returns how the benchmarks of a package are called: by its directory in the tree,
// or for the root by the last element of the module's path.
func (t *Tree) label(dir string) string {
	if dir != "." {
		return dir
	}
	return path.Base(t.Module)
}

// A testPackage is a package with benchmarks.
type testPackage struct {
	dir        string   // in the tree, with slashes
	tests      []string // its test files
	benchmarks []string // its functions, without their prefix
}

// A view is a tree as the go command sees it: with files laid over it.
type view struct {
	*Tree
	overlay overlay
	file    string // with the overlay, for the go command; empty if it replaces nothing
}

// newView lays files over a tree. The overlay is written to a file in dir.
func newView(t *Tree, o overlay, file string) (v view, err error) {
	v = view{Tree: t, overlay: o}
	if len(o) > 0 {
		v.file, err = file, o.write(file)
	}
	return v, err
}

// find returns the packages that match the patterns and have benchmarks whose functions are
// wanted.
func (v view) find(ctx context.Context, patterns []string, wanted func(function string) bool) ([]testPackage, error) {
	args := slices.Concat([]string{"list", "-e", "-json=Dir,TestGoFiles,XTestGoFiles"}, v.args(), []string{"--"}, patterns)
	out, err := v.goCommand(ctx, args...)
	if err != nil {
		return nil, err
	}
	var found []testPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			Dir                       string
			TestGoFiles, XTestGoFiles []string
		}
		if err := decoder.Decode(&listed); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		rel, err := filepath.Rel(v.Dir, listed.Dir)
		if err != nil {
			return nil, err
		}
		p := testPackage{dir: filepath.ToSlash(rel), tests: slices.Concat(listed.TestGoFiles, listed.XTestGoFiles)}
		for _, file := range p.tests {
			names, err := benchmarksIn(v.at(p.dir, file))
			if err != nil {
				return nil, err
			}
			p.benchmarks = append(p.benchmarks, slices.DeleteFunc(names, func(name string) bool { return !wanted(name) })...)
		}
		if len(p.benchmarks) > 0 {
			found = append(found, p)
		}
	}
}

// at returns where a file of a package is.
func (v view) at(dir, file string) string {
	at := filepath.Join(v.Dir, dir, file)
	return cmp.Or(v.overlay[at], at)
}

// args are the arguments of the go command that lay the files over the tree.
func (v view) args() []string {
	if v.file == "" {
		return nil
	}
	return []string{"-overlay", v.file}
}

// compile writes the test program of a package to a file. Its paths and the state of its
// checkout are left out, so that equal source gives equal programs.
func (v view) compile(ctx context.Context, dir, program string) error {
	args := slices.Concat([]string{"test", "-c", "-trimpath", "-buildvcs=false", "-vet=off"}, v.args(), []string{"-o", program, "./" + dir})
	_, err := v.goCommand(ctx, args...)
	return err
}

// goCommand runs the go command in the tree and returns its standard output.
func (t *Tree) goCommand(ctx context.Context, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := process.Command(ctx, "go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = t.Dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the go command is not in PATH: install Go")
	}
	return nil, errors.New(strings.TrimSpace(stderr.String()))
}
