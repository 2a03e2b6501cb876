package report

import (
	"embed"
	"html/template"
	"io"

	"github.com/kro/perf-gate/gate"
)

//go:embed *.html.tmpl
var pages embed.FS

// newPage parses the template of a page and the parts that all pages share.
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
		var titles []string
		for _, l := range latencyMetrics {
			titles = append(titles, l.title)
		}
		return titles
	},
	"latencyNote": func() string { return latencyNote },
	"growthNote":  func() string { return growthNote },
	"table": func(m *model, rows []row) comparisonTable {
		return comparisonTable{m.Confidence, rows}
	},
	"statusName": func(s gate.Status) string { return statusNames[s] },
})

// A comparisonTable is the data of the template for a table of comparisons.
type comparisonTable struct {
	Confidence string
	Rows       []row
}

// statusNames are the names of verdicts on the page.
var statusNames = map[gate.Status]string{
	gate.Pass:      "Pass",
	gate.Fail:      "Fail",
	gate.Undecided: "Inconclusive",
	gate.Error:     "Error",
}

// writeHTML writes one self-contained page: it includes its style and charts, and
// has no script and makes no request.
func writeHTML(w io.Writer, in Input) error {
	return pageTemplate.Execute(w, newModel(in))
}
