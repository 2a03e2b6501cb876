package screenshot

import (
	_ "embed"
	"strings"
	"testing"
)

var (
	//go:embed look.js
	lookScript string
	//go:embed texts.js
	textsScript string
)

// A look is what a machine sees of a page; lengths are in CSS pixels.
type look struct {
	Height float64
	// Width is how far the page scrolls sideways, Screen what is there.
	Width, Screen float64
	Beyond        []string // elements that stick out, and scroll by themselves nowhere
	Faint         []string // texts of too little contrast
	Images        []picture
	Diagrams      []string // what is wrong with each of Mermaid's, "" for nothing
}

type picture struct {
	Source        string
	Width, Height float64
}

// check fails when the page does not show what the document says.
func (l look) check(t *testing.T, d document) {
	t.Helper()
	if l.Width > l.Screen || len(l.Beyond) > 0 {
		t.Errorf("the page is %g wide on a screen of %g; what sticks out:\n%s", l.Width, l.Screen, strings.Join(l.Beyond, "\n"))
	}
	for _, f := range l.Faint {
		t.Errorf("contrast %s", f)
	}
	for _, i := range l.Images {
		if i.Width == 0 || i.Height == 0 {
			t.Errorf("the image %s did not load", i.Source)
		}
	}
	if want := strings.Count(d.markdown, "<img alt="); len(l.Images) != want {
		t.Errorf("%d images, want %d", len(l.Images), want)
	}
	for _, fault := range l.Diagrams {
		if fault != "" {
			t.Errorf("a diagram: %s", fault)
		}
	}
	if want := strings.Count(d.markdown, "\n```mermaid\n"); len(l.Diagrams) != want {
		t.Errorf("%d diagrams, want %d", len(l.Diagrams), want)
	}
}
