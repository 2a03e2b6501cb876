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

// A History holds all that the history pages of a store show.
type History struct {
	// Runs are the records, in any order. Records of the same environment are
	// compared with each other.
	Runs []HistoryRun
	// Policy says which metrics are gated.
	Policy gate.Policy
	// Repository is the URL of the repository, for links to commits, such as
	// https://github.com/kro/kro. If empty, there are no links.
	Repository string
	// Unread is the number of records in the store that could not be read.
	Unread int
}

// A HistoryRun is one record of a store.
type HistoryRun struct {
	// Environment is the key that comparable records share. It becomes the name of
	// a page.
	Environment string
	// Name is the record's name in the store, usually a commit.
	Name   string
	Record *bench.Record
}

// historyIndex is the name of the page that links to the others.
const historyIndex = "index.html"

// HistoryPages returns the pages by name: index.html, and one for each
// environment. Each is static, self-contained HTML. It fails if [gate.Histories]
// does.
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

// WriteHistory writes the pages into dir and returns their paths. It writes files
// as [WriteDir] does, the index last, so that its links always work.
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

// byEnvironment groups the runs by environment. Runs are sorted from the oldest,
// environments from the one that was measured last.
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
