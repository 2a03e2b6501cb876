// Package builtin holds the workloads that perf-gate brings along.
package builtin

import (
	"embed"
	"io/fs"
	"slices"
	"sync"

	"github.com/kro/perf-gate/bench/workload"
)

//go:embed */*.yaml
var files embed.FS

// Suites are the suites that the workloads belong to, in the order in which they run.
// Each is the name of its workload's directory.
var Suites = []string{"crud", "graph", "cel", "collection", "reference", "readiness", "nested", "drift", "template", "burst", "idle", "churn", "restart", "timers", "gates"}

// Workloads returns the workloads of suites, in the order in which they run.
func Workloads(suites []string) (list []*workload.Workload) {
	for i, load := range loaders {
		if slices.Contains(suites, Suites[i]) {
			list = append(list, load())
		}
	}
	return list
}

// Files returns the files of the workload of a suite.
func Files(suite string) workload.Files {
	dir, err := fs.Sub(files, suite)
	if err != nil {
		panic(err)
	}
	list, err := workload.ReadFiles(dir)
	if err != nil {
		panic(err)
	}
	return list
}

// loaders read the workload of each suite once.
var loaders = func() []func() *workload.Workload {
	list := make([]func() *workload.Workload, len(Suites))
	for i, suite := range Suites {
		list[i] = sync.OnceValue(func() *workload.Workload {
			w, err := workload.Load(Files(suite), suite)
			if err != nil {
				panic(err)
			}
			return w
		})
	}
	return list
}()
