// Package screenshot looks at reports as a person would: at Markdown as GitHub
// shows it, and at report.html, in a headless Chromium, in light and dark, on a
// desktop and on a phone. It has only tests.
//
// The tests of what GitHub would strip, and of the length of a comment, run
// everywhere. The pictures need Chromium and two npm packages, which `make
// screenshots` installs.
package screenshot

import (
	"bytes"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var (
	out         = flag.String("screenshots", "", "`directory` to write the screenshots to")
	markdownCSS = flag.String("markdown-css", "", "`directory` of the npm package github-markdown-css")
	mermaid     = flag.String("mermaid", "", "`directory` of the npm package mermaid")
	chromium    = flag.String("chromium", "", "the Chromium to look with; by default that of the PATH")
)

// The screens to look at.
var (
	screens = []screen{{"wide", 1000, 900, false}, {"narrow", 390, 844, true}}
	schemes = []string{"light", "dark"}
)

// TestScreenshots fails on faults that a machine can see. A person who changes a
// report should look at the pictures.
func TestScreenshots(t *testing.T) {
	if *out == "" {
		t.Skip("needs Chromium and npm packages; see make screenshots")
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		t.Fatal(err)
	}
	documents := documents(t)
	site := newSite(t, documents)
	browser := newBrowser(t, *chromium)
	for _, d := range documents {
		for _, s := range screens {
			for _, scheme := range schemes {
				name := fmt.Sprintf("%s-%s-%s", d.name, s.name, scheme)
				t.Run(name, func(t *testing.T) {
					tab := browser.open(t, s, scheme, site.URL+"/"+d.name+"/")
					defer tab.close(t)
					var seen look
					tab.evaluate(t, lookScript, &seen)
					for _, fault := range seen.faults(d) {
						t.Error(fault)
					}
					if d.until != "" {
						tab.evaluate(t, fmt.Sprintf("document.querySelector(%q).getBoundingClientRect().bottom", d.until), &seen.Height)
					}
					picture := tab.screenshot(t, seen.Height)
					if d.until != "" {
						picture = smaller(t, picture)
					}
					if err := os.WriteFile(filepath.Join(*out, name+".png"), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				})
			}
		}
	}
}

// smaller returns a PNG with five bits per colour channel. It looks the same and is
// a fifth smaller.
func smaller(t *testing.T, picture []byte) []byte {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	rgba, ok := decoded.(*image.RGBA)
	if !ok {
		t.Fatalf("the screenshot is of type %T", decoded)
	}
	for i, v := range rgba.Pix {
		rgba.Pix[i] = v&^7 | v>>5
	}
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&b, rgba); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestChartTexts looks at each chart by itself. No text may leave the picture or
// overlap another.
func TestChartTexts(t *testing.T) {
	if *out == "" {
		t.Skip("needs Chromium; see make screenshots")
	}
	documents := documents(t)
	site := newSite(t, documents)
	browser := newBrowser(t, *chromium)
	seen := map[string]bool{}
	for _, d := range documents {
		for path, svg := range d.charts {
			if seen[string(svg)] || strings.HasSuffix(path, "-dark.svg") { // differs only in colours
				continue
			}
			seen[string(svg)] = true
			t.Run(d.name+"/"+path, func(t *testing.T) {
				tab := browser.open(t, screens[0], "light", site.URL+"/alone/"+d.name+"/"+path)
				defer tab.close(t)
				var faults []string
				tab.evaluate(t, textsScript, &faults)
				for _, fault := range faults {
					t.Error(fault)
				}
			})
		}
	}
}
