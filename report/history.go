package report

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A History is what the pages on a store of records are made of.
type History struct {
	// Runs are the records, in any order. Those of one environment are compared
	// with each other.
	Runs []HistoryRun
	// Policy says what is gated.
	Policy gate.Policy
	// Repository is the address that commits are linked below, such as
	// https://github.com/kro/kro; empty links none.
	Repository string
	// Unread is how many records the store has that could not be read.
	Unread int
}

// A HistoryRun is one record of a store.
type HistoryRun struct {
	// Environment tells what may be compared; it becomes the name of a page.
	Environment string
	// Name is the commit, or what else the record was kept under.
	Name   string
	Record *bench.Record
}

// historyIndex is the name of the page that links the others.
const historyIndex = "index.html"

// HistoryPages returns the pages by their names: index.html and one for each
// environment, static HTML that needs nothing besides itself. The error is that
// of [gate.Histories].
func HistoryPages(h History) (map[string][]byte, error) {
	environments, err := historyModels(h)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for _, e := range environments {
		var b bytes.Buffer
		if err := historyTemplate.Execute(&b, e); err != nil {
			return nil, fmt.Errorf("render %s: %w", e.Page, err)
		}
		files[e.Page] = b.Bytes()
	}
	var b bytes.Buffer
	index := historyIndexModel{Environments: environments, Unread: h.Unread}
	if err := historyIndexTemplate.Execute(&b, index); err != nil {
		return nil, fmt.Errorf("render %s: %w", historyIndex, err)
	}
	files[historyIndex] = b.Bytes()
	return files, nil
}

// WriteHistory writes the pages into dir as [WriteDir] does, the index last: it
// links no page that is not there. It returns their paths.
func WriteHistory(dir string, h History) ([]string, error) {
	pages, err := HistoryPages(h)
	if err != nil {
		return nil, err
	}
	var files []file
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if name != historyIndex {
			files = append(files, file{name, pages[name]})
		}
	}
	return writeFiles(dir, append(files, file{historyIndex, pages[historyIndex]}))
}

// byEnvironment groups the runs: oldest first, the environment that was measured
// last before the others.
func byEnvironment(runs []HistoryRun) [][]HistoryRun {
	environments := map[string][]HistoryRun{}
	for _, r := range runs {
		environments[r.Environment] = append(environments[r.Environment], r)
	}
	groups := slices.Collect(maps.Values(environments))
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b HistoryRun) int {
			return cmp.Or(a.Record.Header.Created.Compare(b.Record.Header.Created), cmp.Compare(a.Name, b.Name))
		})
	}
	slices.SortFunc(groups, func(a, b []HistoryRun) int {
		newestA, newestB := a[len(a)-1], b[len(b)-1]
		return cmp.Or(newestB.Record.Header.Created.Compare(newestA.Record.Header.Created), cmp.Compare(a[0].Environment, b[0].Environment))
	})
	return groups
}
