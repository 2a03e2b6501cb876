package screenshot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/renderer/html"
	nethtml "golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// The HTML elements and attributes that GitHub keeps in Markdown: those that its
// html-pipeline allows and a report could use.
var (
	keptElements = strings.Fields(`h1 h2 h3 h4 h5 h6 br b i strong em a pre code img div ins del sup sub p picture source
		ol ul li table thead tbody tfoot tr td th blockquote dl dt dd kbd hr s strike summary details span samp var`)
	keptAttributes = strings.Fields(`align alt border dir height id lang media open start title width`)
	keptOf         = map[string][]string{
		"a": {"href"}, "img": {"src"}, "source": {"srcset"},
		"code": {"class"}, // the language of a block, which GitHub sets
	}
	keptSchemes = []string{"", "http", "https", "mailto"}
)

// rendered returns the HTML that GitHub makes of Markdown, and a line for each part
// that GitHub would strip.
func rendered(markdown string, unfolded bool) (body string, stripped []string, err error) {
	gfm := goldmark.New(
		goldmark.WithExtensions(extension.Strikethrough, extension.Linkify, extension.TaskList,
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute))),
		goldmark.WithRendererOptions(html.WithUnsafe()))
	var raw strings.Builder
	if err := gfm.Convert([]byte(markdown), &raw); err != nil {
		return "", nil, err
	}
	nodes, err := nethtml.ParseFragment(strings.NewReader(raw.String()), &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div})
	if err != nil {
		return "", nil, err
	}
	root := &nethtml.Node{Type: nethtml.ElementNode, Data: "div", DataAtom: atom.Div}
	for _, n := range nodes {
		root.AppendChild(n)
	}
	for n := range root.Descendants() {
		if n.Type == nethtml.ElementNode {
			stripped = append(stripped, lost(n)...)
		}
	}
	for _, n := range slices.Collect(root.Descendants()) {
		switch n.DataAtom {
		case atom.Details:
			if unfolded {
				n.Attr = append(n.Attr, nethtml.Attribute{Key: "open"})
			}
		case atom.Blockquote:
			alert(n)
		case atom.Code:
			if pre := n.Parent; class(n) == "language-mermaid" && pre.DataAtom == atom.Pre {
				pre.Attr = append(pre.Attr, nethtml.Attribute{Key: "class", Val: "mermaid"})
				source := n.FirstChild
				n.RemoveChild(source)
				pre.RemoveChild(n)
				pre.AppendChild(source)
			}
		}
	}
	var b strings.Builder
	for n := range root.ChildNodes() {
		if err := nethtml.Render(&b, n); err != nil {
			return "", nil, err
		}
	}
	return b.String(), stripped, nil
}

// lost returns the parts of an element that GitHub would strip.
func lost(n *nethtml.Node) (list []string) {
	if !slices.Contains(keptElements, n.Data) {
		return []string{fmt.Sprintf("<%s>", n.Data)}
	}
	for _, a := range n.Attr {
		switch {
		case slices.Contains(keptOf[n.Data], a.Key):
			if u, err := url.Parse(a.Val); a.Key != "class" && (err != nil || !slices.Contains(keptSchemes, u.Scheme)) {
				list = append(list, fmt.Sprintf("<%s %s=%q>", n.Data, a.Key, a.Val))
			}
		case !slices.Contains(keptAttributes, a.Key):
			list = append(list, fmt.Sprintf("the attribute %s of <%s>", a.Key, n.Data))
		}
	}
	return list
}

func class(n *nethtml.Node) string {
	for _, a := range n.Attr {
		if a.Key == "class" {
			return a.Val
		}
	}
	return ""
}

// alert turns a quote that begins with [!WARNING] or similar into GitHub's box.
func alert(quote *nethtml.Node) {
	var first *nethtml.Node // its first paragraph
	for n := range quote.ChildNodes() {
		if n.Type == nethtml.ElementNode {
			first = n
			break
		}
	}
	if first == nil || first.DataAtom != atom.P || first.FirstChild == nil || first.FirstChild.Type != nethtml.TextNode {
		return
	}
	line, rest, _ := strings.Cut(first.FirstChild.Data, "\n")
	kind, found := strings.CutPrefix(line, "[!")
	kind, ended := strings.CutSuffix(kind, "]")
	if !found || !ended {
		return
	}
	kind = strings.ToLower(kind)
	first.FirstChild.Data = rest
	if rest == "" && first.FirstChild.NextSibling == nil {
		quote.RemoveChild(first)
	}
	title := &nethtml.Node{Type: nethtml.ElementNode, Data: "p", DataAtom: atom.P, Attr: []nethtml.Attribute{{Key: "class", Val: "markdown-alert-title"}}}
	title.AppendChild(&nethtml.Node{Type: nethtml.TextNode, Data: strings.ToUpper(kind[:1]) + kind[1:]})
	quote.InsertBefore(title, quote.FirstChild)
	quote.Data, quote.DataAtom = "div", atom.Div
	quote.Attr = append(quote.Attr, nethtml.Attribute{Key: "class", Val: "markdown-alert markdown-alert-" + kind})
}

// GitHub must show all that a report says.
func TestGitHubStripsNothing(t *testing.T) {
	for _, d := range documents(t) {
		if d.markdown == "" {
			continue
		}
		body, stripped, err := rendered(d.markdown, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stripped {
			t.Errorf("%s: GitHub strips %s", d.name, s)
		}
		if !strings.Contains(body, "<h2>") {
			t.Errorf("%s: there is no verdict in %.200s", d.name, body)
		}
	}
}

func TestGitHubStrips(t *testing.T) {
	for _, test := range []struct{ markdown, want string }{
		{"<style>p{}</style>", "<style>"},
		{"a <svg></svg>", "<svg>"},
		{`<p style="color:red">a</p>`, "the attribute style of <p>"},
		{`<img src="data:image/png;base64,AAAA">`, `<img src="data:image/png;base64,AAAA">`},
		{`<p onclick="x()">a</p>`, "the attribute onclick of <p>"},
		{"<iframe></iframe>", "<iframe>"},
		{"| a |\n| --: |\n| 1 |", ""},
		{"```mermaid\npie\n```", ""},
	} {
		_, stripped, err := rendered(test.markdown, false)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(stripped, ", "); got != test.want {
			t.Errorf("of %q GitHub strips %q, want %q", test.markdown, got, test.want)
		}
	}
}
