package gotest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
)

// An overlay says which file stands for which when the go command reads a tree. An empty
// name means that there is none. See go help build, -overlay.
type overlay map[string]string

// write writes the overlay to a file for the go command.
func (o overlay) write(file string) error {
	content, err := json.Marshal(map[string]overlay{"Replace": o})
	if err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}

// testsOf returns the overlay that gives the packages of to the test files of from, and no
// others.
func testsOf(from *Tree, source []testPackage, to *Tree, target []testPackage) overlay {
	o := overlay{}
	for _, p := range source {
		for _, file := range p.tests {
			o[filepath.Join(to.Dir, p.dir, file)] = filepath.Join(from.Dir, p.dir, file)
		}
	}
	for _, p := range target {
		for _, file := range p.tests {
			at := filepath.Join(to.Dir, p.dir, file)
			if _, replaced := o[at]; !replaced && slices.ContainsFunc(source, func(s testPackage) bool { return s.dir == p.dir }) {
				o[at] = ""
			}
		}
	}
	return o
}
