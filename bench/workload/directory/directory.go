// Package directory opens the workloads of users, each in a directory of its own.
package directory

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/derive"
)

// A Directory is the directory of a user's workload.
type Directory struct {
	*workload.Workload
	// Files are those of the directory and those that were derived from them.
	Files workload.Files
	// Left says, a sentence each, which benchmarks a derived description does not have.
	Left []string
	name string
}

// Open reads the directory called name. Where it has no description, Open derives one.
func Open(name string) (*Directory, error) {
	files, err := workload.ReadFiles(os.DirFS(name))
	if err != nil {
		if info, statErr := os.Stat(name); errors.Is(err, fs.ErrNotExist) || statErr == nil && !info.IsDir() {
			return nil, fmt.Errorf("workload %s: there is no such directory", name)
		}
		return nil, fmt.Errorf("workload %s: %w", name, err)
	}
	d := &Directory{Files: files, name: name}
	if _, described := files[workload.File]; !described {
		derived, err := derive.Description(files, name)
		if err != nil {
			return nil, err
		}
		maps.Copy(d.Files, derived.Files)
		d.Left = derived.Left
	}
	d.Workload, err = workload.Load(d.Files, name)
	return d, err
}

// Plan returns the workload as a plan names it. Records are published, so the plan has no
// more of an absolute path than its last part.
func (d *Directory) Plan() bench.Workload {
	dir := filepath.ToSlash(d.name)
	if filepath.IsAbs(d.name) {
		dir = filepath.Base(d.name)
	}
	return bench.Workload{Suite: d.Suite, Dir: dir, Digest: d.Files.Digest()}
}

// Again opens the workloads of a plan. For those whose path the plan does not have, the names
// say where they are. A workload that has changed is an error.
func Again(plan bench.Plan, names []string) (list []*Directory, err error) {
	for _, planned := range plan.Workloads {
		name := filepath.FromSlash(planned.Dir)
		for _, given := range names {
			if filepath.IsAbs(given) && filepath.Base(given) == name {
				name = given
			}
		}
		d, err := Open(name)
		if err != nil {
			return nil, err
		}
		if d.Plan() != planned {
			return nil, fmt.Errorf("the workload %s has changed since the record began; start a new run", planned.Dir)
		}
		list = append(list, d)
	}
	return list, nil
}
