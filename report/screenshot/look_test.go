package screenshot

import (
	_ "embed"
	"fmt"
	"strings"
	"testing"
)

var (
	//go:embed look.js
	lookScript string
	//go:embed texts.js
	textsScript string
)

// A look holds the faults of a page that a machine can see. Lengths are in CSS
// pixels.
type look struct {
	Height float64
	// Width is the width of the page, Screen the width of the screen.
	Width, Screen float64
	Beyond        []string // elements that stick out and do not scroll
	Faint         []string // texts with too little contrast
	Pictures      []picture
	Diagrams      []string // the fault of each Mermaid diagram, or ""
}

type picture struct {
	Source        string
	Width, Height float64
}

// faults returns the places at which the page does not show the document properly.
func (l look) faults(d document) (list []string) {
	fault := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if l.Width > l.Screen || len(l.Beyond) > 0 {
		fault("the page is %g wide on a screen of %g; what sticks out: %q", l.Width, l.Screen, l.Beyond)
	}
	for _, f := range l.Faint {
		fault("contrast %s", f)
	}
	for _, p := range l.Pictures {
		if p.Width == 0 || p.Height == 0 {
			fault("the picture %s did not load", p.Source)
		}
	}
	if want := strings.Count(d.markdown, "<img alt="); len(l.Pictures) != want {
		fault("%d pictures, want %d", len(l.Pictures), want)
	}
	for _, f := range l.Diagrams {
		if f != "" {
			fault("a diagram: %s", f)
		}
	}
	if want := strings.Count(d.markdown, "\n```mermaid\n"); len(l.Diagrams) != want {
		fault("%d diagrams, want %d", len(l.Diagrams), want)
	}
	return list
}

// The scripts find all kinds of faults.
func TestLook(t *testing.T) {
	if *out == "" {
		t.Skip("needs Chromium and npm packages; see make screenshots")
	}
	bad := []document{
		{name: "wide", html: []byte(`<!DOCTYPE html><p style="width:2000px">far`)},
		{name: "faint", html: []byte(`<!DOCTYPE html><p style="color:#888;background:#eee">faint`)},
		{name: "missing", markdown: "\n<img alt=\"gone\" src=\"gone.svg\">\n"},
		{name: "diagram", markdown: "\n```mermaid\nxychart-beta\n  bar [\n```\n"},
		{name: "texts", html: []byte("<p>"), charts: map[string][]byte{"bad.svg": []byte(
			`<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><text x="80" y="20">leaves it</text><text x="5" y="40">one</text><text x="9" y="40">two</text></svg>`)}},
	}
	site := newSite(t, bad)
	browser := newBrowser(t, *chromium)
	var got []string
	for _, d := range bad[:4] {
		tab := browser.open(t, screens[0], "light", site.URL+"/"+d.name+"/")
		var seen look
		tab.evaluate(t, lookScript, &seen)
		tab.close(t)
		got = append(got, seen.faults(d)...)
	}
	tab := browser.open(t, screens[0], "light", site.URL+"/alone/texts/bad.svg")
	defer tab.close(t)
	var texts []string
	tab.evaluate(t, textsScript, &texts)
	want := []string{
		"the page is 2008 wide on a screen of 1000",
		"contrast 3.06 p: faint",
		"the picture ",
		"a diagram: a syntax error",
		`"leaves it" leaves the chart`,
		`"one" and "two" lie on one another`,
	}
	got = append(got, texts...)
	if len(got) != len(want) {
		t.Fatalf("%d faults, want %d: %q", len(got), len(want), got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("fault %d is %q, want %q", i, got[i], want[i])
		}
	}
}
