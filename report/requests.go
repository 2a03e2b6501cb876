package report

import (
	"math"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A requestRow is one verb and resource whose request count changed.
type requestRow struct {
	Benchmark string
	Request   string // "get configmaps"
	Base      string
	Head      string
	Change    string
	delta     float64
}

// request returns "get configmaps" for requests:get:configmaps/op.
func request(metric string) string {
	name := strings.TrimSuffix(strings.TrimPrefix(metric, bench.RequestPrefix), "/op")
	return strings.Replace(name, ":", " ", 1)
}

// changedRequests lists the verbs and resources of a benchmark whose counts
// differ between the arms, the largest difference first. Those that only one arm
// has come last, because they have no difference.
func changedRequests(comparisons []gate.Comparison, benchmark string) []requestRow {
	var rows []requestRow
	for _, c := range comparisons {
		if c.Benchmark != benchmark || !isRequest(c) {
			continue
		}
		row := requestRow{Benchmark: benchmark, Request: request(c.Metric)}
		switch {
		case c.Base != nil && c.Head != nil && *c.Base != *c.Head:
			row.delta = math.Abs(*c.Head - *c.Base)
		case (c.Base == nil) != (c.Head == nil):
		default:
			continue
		}
		row.Base, row.Head = quantities(c.Metric, c.Base, c.Head)
		row.Change = change(c)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b requestRow) int {
		switch {
		case a.delta > b.delta:
			return -1
		case a.delta < b.delta:
			return 1
		}
		return strings.Compare(a.Request, b.Request)
	})
	return rows
}
