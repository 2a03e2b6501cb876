package report

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

type historyIndexModel struct {
	Environments []*historyModel
	Unread       int
}

// A historyModel holds all that the page of one environment shows.
type historyModel struct {
	Page    string // file name
	Key     string // of the environment
	Title   string
	Machine []pair
	Alpha   string
	// Commits are oldest first.
	Commits []commit
	Newest  commit
	// Changes are the changes of gated metrics, Ungated those of all others. Both
	// are by the commit in which the change began, the newest first.
	Changes, Ungated []commitChanges
	Benchmarks       []benchmarkHistory
}

// A commit describes one record.
type commit struct {
	Number   int // from 1, in the order of measurement
	Name     string
	Short    string
	URL      string // empty if there is none
	Date     string
	Version  string
	Sessions int
	Accepted []string // accepted regressions: metric, person and reason
}

// A commitChanges holds the changes that began in one commit.
type commitChanges struct {
	Commit commit
	Rows   []changeRow
}

// A changeRow is one change of level.
type changeRow struct {
	Anchor, Benchmark, Metric string
	Before, After, Change     string
	Worse, Crept              bool
}

// A benchmarkHistory holds the metrics of one benchmark.
type benchmarkHistory struct {
	Anchor, Name   string
	Gated, Ungated []metricHistory
	Worse, Better  int // changes of gated metrics
}

// A metricHistory is one chart and its caption.
type metricHistory struct {
	Metric, Newest string
	Changes        []metricChange // the newest maxInCaption
	Notes          []string
	Chart          string // SVG
}

// maxInCaption limits the changes in a caption. The tables have all.
const maxInCaption = 6

// A metricChange is a change in a chart's caption.
type metricChange struct {
	Commit commit
	Change string
	Worse  bool
	Crept  bool
}

// historyModels returns the models of the pages, in the order of the index.
func historyModels(h History) ([]*historyModel, error) {
	taken := map[string]bool{strings.TrimSuffix(historyIndex, ".html"): true}
	var models []*historyModel
	for _, runs := range byEnvironment(h.Runs) {
		m, err := newHistoryModel(h, runs)
		if err != nil {
			return nil, err
		}
		m.Page = unique(taken, slug(m.Key)) + ".html"
		models = append(models, m)
	}
	return models, nil
}

func newHistoryModel(h History, runs []HistoryRun) (*historyModel, error) {
	records := make([]*bench.Record, len(runs))
	for i, r := range runs {
		records[i] = r.Record
	}
	histories, err := gate.Histories(records, h.Policy)
	if err != nil {
		return nil, err
	}
	newest := records[len(records)-1].Header
	m := &historyModel{
		Key:     runs[0].Environment,
		Title:   environmentTitle(newest),
		Machine: machine(newest.Environment),
		Alpha:   percent(h.Policy.Alpha),
	}
	for i, r := range runs {
		m.Commits = append(m.Commits, newCommit(i+1, r, h.Repository))
	}
	m.Newest = m.Commits[len(m.Commits)-1]
	changes := map[bool][][]changeRow{false: make([][]changeRow, len(runs)), true: make([][]changeRow, len(runs))}
	for _, history := range histories {
		m.add(history, changes[history.Gated])
	}
	m.Changes, m.Ungated = m.byCommit(changes[true]), m.byCommit(changes[false])
	return m, nil
}

// environmentTitle describes an environment in a few words.
func environmentTitle(h bench.Header) string {
	e := h.Environment
	title := h.Plan.Cluster + ", " + h.Plan.Profile + " profile"
	if system := strings.Trim(e.OS+"/"+e.Arch, "/"); system != "" {
		title += ", " + system
	}
	if e.CPUs > 0 {
		title += ", " + plural(e.CPUs, "CPU")
	}
	return title
}

// isCommit matches the names of records for which GitHub has a page.
var isCommit = regexp.MustCompile(`^[0-9a-f]{40}$`)

func newCommit(number int, r HistoryRun, repository string) commit {
	c := commit{
		Number: number, Name: r.Name, Short: shorten(r.Name, 20),
		Date:    missing,
		Version: r.Record.Header.Builds[bench.Head].Version,
	}
	for _, a := range r.Record.Header.Accepted {
		a.By, a.Metric = shorten(a.By, maxName), shorten(a.Metric, maxName)
		c.Accepted = append(c.Accepted, a.String())
	}
	for _, s := range r.Record.Sessions {
		if s.Arm == bench.Head && s.Failed == "" {
			c.Sessions++
		}
	}
	if created := r.Record.Header.Created; !created.IsZero() {
		c.Date = created.UTC().Format("2006-01-02")
	}
	if isCommit.MatchString(r.Name) {
		c.Short = r.Name[:7]
		if repository != "" {
			c.URL = strings.TrimRight(repository, "/") + "/commit/" + r.Name
		}
	}
	return c
}

// add adds the history of one metric to the model, and its changes to those of
// the commits in which they began. The metric's benchmark is the one added last
// or a new one.
func (m *historyModel) add(h gate.History, changes [][]changeRow) {
	if n := len(m.Benchmarks); n == 0 || m.Benchmarks[n-1].Name != h.Benchmark {
		m.Benchmarks = append(m.Benchmarks, benchmarkHistory{Anchor: fmt.Sprintf("b%d", n+1), Name: h.Benchmark})
	}
	b := &m.Benchmarks[len(m.Benchmarks)-1]
	of := metricHistory{
		Metric: h.Metric,
		Newest: quantity(h.Metric, &h.Runs[len(h.Runs)-1].Median),
		Notes:  m.notes(h),
	}
	for _, c := range h.Changes {
		at := h.Runs[c.Run].Record
		row := newChangeRow(h, c)
		row.Anchor = b.Anchor
		changes[at] = append(changes[at], row)
		of.Changes = append(of.Changes, metricChange{m.Commits[at], row.Change, c.Worse, c.Crept})
		switch {
		case !h.Gated:
		case c.Worse:
			b.Worse++
		default:
			b.Better++
		}
	}
	if more := len(of.Changes) - maxInCaption; more > 0 {
		of.Changes = of.Changes[more:]
		of.Notes = append(of.Notes, "The table above has "+plural(more, "earlier change")+".")
	}
	if of.Chart = historyChart(h, m.Commits); of.Chart == "" {
		of.Notes = append(of.Notes, "No chart: the values are too far apart.")
	}
	if h.Gated {
		b.Gated = append(b.Gated, of)
	} else {
		b.Ungated = append(b.Ungated, of)
	}
}

func newChangeRow(h gate.History, c gate.Change) changeRow {
	row := changeRow{Benchmark: h.Benchmark, Metric: h.Metric, Worse: c.Worse, Crept: c.Crept}
	row.Before, row.After = quantities(h.Metric, &c.Before, &c.After)
	row.Change = change(gate.Comparison{Class: h.Class, Base: &c.Before, Head: &c.After, Ratio: c.Ratio})
	return row
}

// notes returns sentences on what a chart cannot show.
func (m *historyModel) notes(h gate.History) []string {
	var notes []string
	if n := len(h.Runs); n < len(m.Commits) {
		notes = append(notes, fmt.Sprintf("Measured in %d of %s. The others did not measure it, or used a different number of operations.", n, plural(len(m.Commits), "commit")))
	}
	switch n := len(h.Runs); {
	case h.Fewest == 0:
		notes = append(notes, "A change cannot be distinguished from chance: the search covers too many metrics.")
	case n < h.Fewest:
		notes = append(notes, fmt.Sprintf("Too few commits to distinguish a change from chance: %d of %d.", n, h.Fewest))
	}
	return notes
}

// byCommit lists changes by commit, the newest first.
func (m *historyModel) byCommit(changes [][]changeRow) []commitChanges {
	var list []commitChanges
	for i, rows := range slices.Backward(changes) {
		if len(rows) > 0 {
			slices.SortStableFunc(rows, func(a, b changeRow) int { return cmp.Compare(bench.Rank(a.Metric), bench.Rank(b.Metric)) })
			list = append(list, commitChanges{m.Commits[i], rows})
		}
	}
	return list
}
