package report

import "html/template"

var (
	historyTemplate      = newPage("history.html.tmpl", historyFuncs)
	historyIndexTemplate = newPage("historyindex.html.tmpl", historyFuncs)

	historyFuncs = template.FuncMap{"count": countChanges}
)

// countChanges returns the number of changes in all commits.
func countChanges(commits []commitChanges) int {
	n := 0
	for _, c := range commits {
		n += len(c.Rows)
	}
	return n
}
