package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate/calibrate"
)

// A Calibration is the trial of a policy on recorded runs.
type Calibration struct {
	// Of describes the runs in a few words.
	Of string
	// Real is set if base and head are different builds, so that a failed trial is
	// a find and not a false alarm.
	Real   bool
	Result *calibrate.Result
}

// WriteCalibration writes how often a policy failed runs of unchanged code, by
// suite, how often it left them undecided, and how many slowdowns it found, by metric
// and size. It writes Markdown
// tables that are also legible as text.
func WriteCalibration(w io.Writer, c Calibration) error {
	r := c.Result
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s of %s per arm\n\n", plain(c.Of), plural(r.Trials, "trial"), plural(r.Sessions, "session"))
	what := "false alarms"
	if c.Real {
		what = "change found"
	}
	table := [][]string{{"suite", what}, {"all", portion(r.Red, r.Trials)}}
	for _, suite := range slices.Sorted(maps.Keys(r.Suites)) {
		table = append(table, []string{plain(suite), portion(r.Suites[suite], r.Trials)})
	}
	b.WriteString(aligned(table))
	fmt.Fprintf(&b, "\nUndecided: %s\n", portion(r.Undecided, r.Trials))

	metrics := map[string]bool{}
	for _, d := range r.Found {
		for m := range d.Metrics {
			metrics[m] = true
		}
	}
	titles := []string{"slowdown found"}
	for _, d := range r.Found {
		titles = append(titles, signedPercent(1+d.Change.Size))
	}
	table = [][]string{titles}
	for _, m := range slices.SortedFunc(maps.Keys(metrics), func(x, y string) int { return cmp.Or(bench.Rank(x)-bench.Rank(y), strings.Compare(x, y)) }) {
		row := []string{plain(m)}
		for _, d := range r.Found {
			s := d.Metrics[m]
			row = append(row, portion(s.Hits, s.Of))
		}
		table = append(table, row)
	}
	if len(metrics) > 0 {
		b.WriteString("\n" + aligned(table))
	}
	if len(r.Alarms) > 0 {
		fmt.Fprintf(&b, "\nRegressed most often:\n\n")
		names := slices.SortedFunc(maps.Keys(r.Alarms), func(x, y string) int {
			if d := r.Alarms[y] - r.Alarms[x]; d != 0 {
				return d
			}
			return strings.Compare(x, y)
		})
		for i, name := range names {
			if i == maxAlerts {
				fmt.Fprintf(&b, "- and %d more\n", len(names)-i)
				break
			}
			fmt.Fprintf(&b, "- %s: %s\n", plain(name), portion(r.Alarms[name], r.Trials))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// portion formats a number out of all, in percent and in figures.
func portion(hits, of int) string {
	if of == 0 {
		return missing
	}
	return fmt.Sprintf("%.1f %% (%d of %d)", 100*float64(hits)/float64(of), hits, of)
}

// aligned returns a Markdown table with padded cells, so that it is legible as
// text.
func aligned(table [][]string) string {
	rule := []string{"---"}
	for range table[0][1:] {
		rule = append(rule, "--:")
	}
	table = slices.Insert(slices.Clone(table), 1, rule)
	widths := make([]int, len(rule))
	for _, cells := range table {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, cells := range table {
		b.WriteString("|")
		for i, cell := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				cell = pad + cell
			} else {
				cell += pad
			}
			b.WriteString(" " + cell + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}
