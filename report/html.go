package report

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/kro/perf-gate/gate"
)

//go:embed report.html.tmpl
var page string

var pageTemplate = template.Must(template.New("report.html").Funcs(template.FuncMap{
	"short":  func(s string) string { return shorten(s, maxName) },
	"plain":  plain,
	"plural": plural,
	"picture": func(svg string) template.HTML {
		return template.HTML(svg) // drawn here, every text in it escaped
	},
	"requests": func(rows []requestRow) string {
		return requestList(rows, plain)
	},
	"metrics": func() []string {
		var heads []string
		for _, l := range latencyMetrics {
			heads = append(heads, l.head)
		}
		return heads
	},
	"table": func(m *model, rows []row) comparisonTable {
		return comparisonTable{m.Confidence, rows}
	},
	"statusName": func(s gate.Status) string { return statusNames[s] },
}).Parse(page))

// A comparisonTable is what the template of a table of comparisons takes.
type comparisonTable struct {
	Confidence string
	Rows       []row
}

// statusNames are the verdicts as a reader sees them.
var statusNames = map[gate.Status]string{
	gate.Pass:      "Pass",
	gate.Fail:      "Fail",
	gate.Undecided: "Inconclusive",
	gate.Error:     "Error",
}

// writeHTML writes one page that needs nothing besides itself: no script, no
// request, style and charts inside.
func writeHTML(w io.Writer, in Input) error {
	return pageTemplate.Execute(w, newModel(in))
}
