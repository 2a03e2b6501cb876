package report

import (
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/testdata"
)

// parse parses Markdown like GitHub, but does not turn bare URLs into links.
// [TestMarkdownHostile] looks for those.
func parse(source string) ast.Node {
	return goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough)).Parser().Parse(text.NewReader([]byte(source)))
}

// tables returns the text of all cells of all tables.
func tables(source string) [][][]string {
	var list [][][]string
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if table, ok := n.(*east.Table); ok && entering {
			var rows [][]string
			for row := table.FirstChild(); row != nil; row = row.NextSibling() {
				var cells []string
				for cell := row.FirstChild(); cell != nil; cell = cell.NextSibling() {
					cells = append(cells, content(cell, []byte(source)))
				}
				rows = append(rows, cells)
			}
			list = append(list, rows)
		}
		return ast.WalkContinue, nil
	})
	return list
}

// content returns the text below a node.
func content(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// checkTables fails if the cells of a row do not match the header. The parser pads
// and cuts rows, so the last cell shows a shift.
func checkTables(t *testing.T, source string) int {
	t.Helper()
	list := tables(source)
	outcomes := []string{"regressed", "improved", "unchanged", "inconclusive", "not comparable"}
	for _, table := range list {
		head := table[0]
		for _, row := range table[1:] {
			if len(row) != len(head) {
				t.Errorf("%d cells below %d heads: %q", len(row), len(head), row)
				continue
			}
			if last := len(head) - 1; head[last] == "outcome" {
				outcome, _, _ := strings.Cut(row[last], ":")
				if !slices.Contains(outcomes, outcome) {
					t.Errorf("the last cell is %q, want an outcome: %q", row[last], row)
				}
			}
			if head[0] == "benchmark" && row[0] == "" {
				t.Errorf("a row without its benchmark: %q", row)
			}
		}
	}
	return len(list)
}

func TestMarkdownTables(t *testing.T) {
	for name, in := range cases(t) {
		t.Run(name, func(t *testing.T) {
			source := render(t, "markdown", in)
			got := checkTables(t, source)
			// Every rule below a header must have become a table.
			if want := strings.Count(source, "\n| ---") + strings.Count(source, "\n| --:"); got != want || got == 0 {
				t.Errorf("%d tables, want %d", got, want)
			}
		})
	}
}

// Names in the hostile case contain tags, table syntax, links and mentions.
func TestMarkdownHostile(t *testing.T) {
	source := render(t, "markdown", input(testdata.Hostile(t)))
	checkMarkup(t, source)

	rows := tables(source)[0]
	if got := rows[1][0]; got != testdata.HostileName {
		t.Errorf("the name came out as %q, want %q", got, testdata.HostileName)
	}
}

// checkMarkup fails if a name became a link, a mention or a tag.
func checkMarkup(t *testing.T, source string) {
	t.Helper()
	allowed := []string{"<details><summary>", "</details>", "<sub>", "</sub>", "<picture><source media=", "<picture>", "<source media=", "<img alt=", "</picture>"}
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		var raw string
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.AutoLink:
			t.Errorf("%s in the report", n.Kind())
		case *ast.RawHTML:
			raw = string(n.Segments.Value([]byte(source)))
		case *ast.HTMLBlock:
			raw = string(n.Lines().Value([]byte(source)))
		case *ast.Text:
			outside := n.Parent().Kind() != ast.KindCodeSpan
			if value := string(n.Value([]byte(source))); outside && (strings.Contains(value, "@octocat") || strings.Contains(value, "://e")) {
				t.Errorf("mention or address outside code: %q", value)
			}
		}
		if raw != "" && !slices.ContainsFunc(allowed, func(a string) bool { return strings.HasPrefix(raw, a) }) {
			t.Errorf("tag in the report: %q", raw)
		}
		return ast.WalkContinue, nil
	})
}

func TestCode(t *testing.T) {
	for _, test := range []struct{ name, code, cell string }{
		{"CRUD/n=1", "`CRUD/n=1`", "`CRUD/n=1`"},
		{"a|b", "`a|b`", "`a\\|b`"},
		{"a`b", "``a`b``", "``a`b``"},
		{"`", "`` ` ``", "`` ` ``"},
		{"a\r\nb\x00\u202ec", "`a b c`", "`a b c`"},
		{"", "–", "–"},
	} {
		if got := code(test.name); got != test.code {
			t.Errorf("code(%q) = %s, want %s", test.name, got, test.code)
		}
		if got := codeCell(test.name); got != test.cell {
			t.Errorf("codeCell(%q) = %s, want %s", test.name, got, test.cell)
		}
	}
}

func TestRequestsStandBelowTheirTotal(t *testing.T) {
	in := load(t, "extra-get")
	const line = "- `CRUD/op=noop/shape=chain/n=2`, requests/op 7 → 8: `get instances` 1 → 2\n"
	if source := render(t, "markdown", in); !strings.Contains(source, line) {
		t.Errorf("the report does not say which request is new; want %s", line)
	}
}

// only marks all comparisons as unchanged, except those of one metric.
func only(in Input, benchmark, metric string) Input {
	for i := range in.Verdict.Comparisons {
		if c := &in.Verdict.Comparisons[i]; c.Benchmark != benchmark || c.Metric != metric {
			c.Outcome = gate.Unchanged
		}
	}
	return in
}

func TestDiagrams(t *testing.T) {
	for _, test := range []struct {
		name         string
		in           Input
		chart, names string
	}{
		{"regressed", only(load(t, "extra-get"), "CRUD/op=noop/shape=chain/n=2", "requests/op"),
			"\n  title \"Regressions, in percent\"\n  x-axis [1]\n  y-axis 0 --> 16\n  bar [14.3]\n```\n",
			"\n1. `CRUD/op=noop/shape=chain/n=2` `requests/op`: +1 (+14.3 %)  \n\n"},
		{"improved", only(load(t, "release"), "CRUD/op=delete/shape=chain/n=2", "requests/op"),
			"\n  title \"Improvements, in percent\"\n  x-axis [1]\n  y-axis 0 --> 31\n  bar [27.8]\n```\n",
			"\n1. `CRUD/op=delete/shape=chain/n=2` `requests/op`: −5 (−27.8 %)  \n\n"},
		{"neither", only(load(t, "release"), "", ""), "", ""},
	} {
		test.in.Charts = Diagrams
		source := render(t, "markdown", test.in)
		if !strings.Contains(source, test.chart) || !strings.Contains(source, test.names) {
			t.Errorf("%s: want the chart %sand the names %sin\n%s", test.name, test.chart, test.names, source)
		}
		if drawn := strings.Contains(source, "```mermaid"); drawn != (test.chart != "") {
			t.Errorf("%s: drawn is %t", test.name, drawn)
		}
	}
}
