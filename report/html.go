package report

import (
	"embed"
	"html/template"
	"io"

	"github.com/kro/perf-gate/gate"
)

//go:embed *.html.tmpl
var pages embed.FS

// newPage parses the template of a page together with what pages have in common.
func newPage(name string, funcs template.FuncMap) *template.Template {
	return template.Must(template.New(name).Funcs(template.FuncMap{
		"short":  func(s string) string { return shorten(s, maxName) },
		"plain":  plain,
		"plural": plural,
		"picture": func(svg string) template.HTML {
			return template.HTML(svg) // drawn here, every text in it escaped
		},
	}).Funcs(funcs).ParseFS(pages, name, "style.html.tmpl"))
}

var pageTemplate = newPage("report.html.tmpl", template.FuncMap{
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
})

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
