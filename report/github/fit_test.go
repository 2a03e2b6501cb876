package github_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"pgregory.net/rapid"

	"github.com/kro/perf-gate/report/github"
	"github.com/kro/perf-gate/testdata"
)

func TestFit(t *testing.T) {
	const notice = "**Shortened to GitHub's limit:** %d of %d lines are missing%s. The full text is in the job summary.\n"
	long := strings.Repeat("x", 300)
	for name, test := range map[string]struct{ in, want string }{
		"fits": {"a short text\n", "a short text\n"},
		"paragraphs": {
			"first\n\nsecond\n" + long + "\n",
			"first\n\nsecond\n\n" + fmt.Sprintf(notice, 1, 4, ""),
		},
		"table": {
			"| a | b |\n| --- | --: |\n| 1 | 2 |\n| 3 | " + long + " |\n",
			"| a | b |\n| --- | --: |\n| 1 | 2 |\n\n" + fmt.Sprintf(notice, 1, 4, ""),
		},
		"head of a table": {
			"text\n\n| a | b |\n| --- | --: |\n| 3 | " + long + " |\n",
			"text\n\n" + fmt.Sprintf(notice, 3, 5, ""),
		},
		"details": {
			"<details><summary>one</summary>\n\n<details>\n\ntext\n" + long + "\n</details>\n</details>\n",
			"<details><summary>one</summary>\n\n<details>\n\ntext\n\n</details>\n\n</details>\n\n" + fmt.Sprintf(notice, 3, 8, ""),
		},
		"summary": {
			"text\n<details><summary>one</summary>\n\n" + long + "\n</details>\n",
			"text\n\n" + fmt.Sprintf(notice, 4, 5, ", including “one”"),
		},
		"code": {
			"~~~~ go\n```\ncode\n" + long + "\n~~~~\n",
			"~~~~ go\n```\ncode\n~~~~\n\n" + fmt.Sprintf(notice, 2, 5, ""),
		},
		"code in details": {
			"<details>\n\n```\n<details>\n" + long + "\n```\n</details>\n",
			"<details>\n\n```\n<details>\n```\n\n</details>\n\n" + fmt.Sprintf(notice, 3, 7, ""),
		},
		"comment": {
			"<!-- hidden <details>\nstill\n" + long + "\n-->\n",
			"<!-- hidden <details>\nstill\n-->\n\n" + fmt.Sprintf(notice, 2, 4, ""),
		},
		"headings": {
			"text\n# A\n" + long + "\n## B ##\n" + strings.Repeat("### C\n", 6),
			"text\n\n" + fmt.Sprintf(notice, 9, 10, ", including “A”, “B ##”, “C”, “C”, “C” and 3 more"),
		},
		"one line": {strings.Repeat(long, 2), fmt.Sprintf(notice, 1, 1, "")},
	} {
		t.Run(name, func(t *testing.T) {
			limit := max(len(test.want), 60)
			if got := github.Fit(test.in, limit, "the job summary"); got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
		})
	}
	if got := github.Fit(long, 10, ""); got != "" {
		t.Errorf("with no room for a word: %q", got)
	}
}

// topLevel returns the kinds of the blocks at the top level.
func topLevel(markdown string) []ast.NodeKind {
	parser := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()
	var kinds []ast.NodeKind
	doc := parser.Parse(text.NewReader([]byte(markdown)))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		kinds = append(kinds, n.Kind())
	}
	return kinds
}

func checkFit(t interface {
	Helper()
	Fatalf(string, ...any)
}, in string, limit int) {
	t.Helper()
	const whole = "the job summary"
	got := github.Fit(in, limit, whole)
	switch {
	case len(got) > limit:
		t.Fatalf("%d bytes for a limit of %d", len(got), limit)
	case len(in) <= limit && got != in:
		t.Fatalf("Markdown that fits was changed")
	case utf8.ValidString(in) && !utf8.ValidString(got):
		t.Fatalf("a character was cut in half")
	case got == "" || got == in:
		return
	case !strings.HasSuffix(got, "The full text is in the job summary.\n"):
		t.Fatalf("the notice is missing:\n%s", got)
	}
}

// With documents like those of the report, and at any limit, the last paragraph is
// outside all code and details, and every table has its header.
func TestFitStaysWellFormed(t *testing.T) {
	block := rapid.OneOf(
		rapid.Just("a paragraph with `code | <details>` and <sub>html</sub>\n\n"),
		rapid.Just("### A heading\n\n"),
		rapid.Just("| a | b |\n| --- | --: |\n| 1 | 2 |\n| `x` | 4 |\n\n"),
		rapid.Just("```mermaid\nxychart-beta\n    bar [1, 2]\n# no heading\n<details>\n```\n\n"),
		rapid.Just("<details><summary>Suite crud</summary>\n\n"),
		rapid.Just("</details>\n\n"),
		rapid.Just("- a list\n- of two\n\n"),
	)
	rapid.Check(t, func(t *rapid.T) {
		in := strings.Join(rapid.SliceOfN(block, 1, 30).Draw(t, "blocks"), "")
		limit := rapid.IntRange(0, len(in)).Draw(t, "limit")
		checkFit(t, in, limit)
		got := github.Fit(in, limit, "the job summary")
		if got == in || got == "" {
			return
		}
		kinds := topLevel(got)
		if last := kinds[len(kinds)-1]; last != ast.KindParagraph {
			t.Fatalf("the notice is in a %v:\n%s", last, got)
		}
		outside := strings.Split(got, "```")
		var opened, closed int
		for i := 0; i < len(outside); i += 2 {
			text := strings.ReplaceAll(outside[i], "`code | <details>`", "")
			opened += strings.Count(text, "<details")
			closed += strings.Count(text, "</details>")
		}
		if opened > closed {
			t.Fatalf("%d details are opened and %d closed:\n%s", opened, closed, got)
		}
		tables := 0
		for _, k := range kinds {
			if k == extast.KindTable {
				tables++
			}
		}
		if heads := strings.Count(got, "| a | b |"); heads > tables && opened == 0 {
			t.Fatalf("%d heads of tables, %d tables:\n%s", heads, tables, got)
		}
	})
}

func FuzzFit(f *testing.F) {
	paths := []string{"../testdata/hostile/report.md"}
	for _, name := range testdata.Names(f) {
		paths = append(paths, filepath.Join(testdata.Dir(f, name), "report.md"))
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(content), len(content)/2)
	}
	f.Add("````\n```\n<!--\n\x00\xff|\n", 8)
	f.Fuzz(func(t *testing.T, in string, limit int) {
		if limit < 0 || limit > 1<<20 {
			t.Skip()
		}
		checkFit(t, in, limit)
	})
}
