package report

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// A theme holds the colours of a chart on one background. Base and improved are
// blue, head and regressed are orange, both from the Okabe-Ito palette. They are
// lighter on a dark background, and the orange is darker on a light one, so that
// coloured text is legible. The two can be distinguished with any colour vision,
// and shapes repeat what they say.
type theme struct {
	name                                                   string
	ground, text, faint, rule, band, blue, orange, neutral string
}

var (
	light = theme{"light", "#ffffff", "#1f2328", "#59636e", "#d1d9e0", "#eef1f4", "#0072b2", "#b34700", "#6e7781"}
	dark  = theme{"dark", "#0d1117", "#e6edf3", "#9198a1", "#3d444d", "#1c232c", "#56b4e9", "#f0883e", "#9198a1"}
	// paged is for drawings within a page. It uses the page's colours, light or dark.
	paged = theme{"paged", "var(--ground)", "var(--text)", "var(--faint)", "var(--rule)", "var(--soft)", "var(--blue)", "var(--orange)", "var(--faint)"}
)

const fonts = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif"

// A drawing is an SVG picture that GitHub shows unchanged. It has presentation
// attributes only: no style sheet, script, filter or reference.
type drawing struct {
	strings.Builder
	theme theme
}

func newDrawing(t theme, width, height float64, title string) *drawing {
	d := &drawing{theme: t}
	fmt.Fprintf(&d.Builder, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %s %s" width="%s" height="%s" role="img" font-family="%s" font-size="12">`,
		num(width), num(height), num(width), num(height), fonts)
	fmt.Fprintf(&d.Builder, "\n<title>%s</title>\n", escapeXML(title))
	d.rect(0, 0, width, height, t.ground, 6)
	return d
}

func (d *drawing) end() string {
	d.WriteString("</svg>\n")
	return d.String()
}

func (d *drawing) rect(x, y, w, h float64, fill string, radius float64) {
	fmt.Fprintf(&d.Builder, `<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="%s"/>`+"\n", num(x), num(y), num(w), num(h), num(radius), fill)
}

func (d *drawing) path(x1, y1, x2, y2 float64, stroke string, width float64, dashes string) {
	if dashes != "" {
		dashes = ` stroke-dasharray="` + dashes + `"`
	}
	fmt.Fprintf(&d.Builder, `<line x1="%s" y1="%s" x2="%s" y2="%s" stroke="%s" stroke-width="%s"%s/>`+"\n", num(x1), num(y1), num(x2), num(y2), stroke, num(width), dashes)
}

// A label is the style of a text. The zero value is left-aligned and regular.
type label struct {
	size   float64
	fill   string
	anchor string
	bold   bool
}

func (d *drawing) text(x, y float64, s string, l label) {
	attributes := ""
	if l.size > 0 {
		attributes += ` font-size="` + num(l.size) + `"`
	}
	if l.anchor != "" {
		attributes += ` text-anchor="` + l.anchor + `"`
	}
	if l.bold {
		attributes += ` font-weight="600"`
	}
	if l.fill == "" {
		l.fill = d.theme.text
	}
	fmt.Fprintf(&d.Builder, `<text x="%s" y="%s" fill="%s"%s>%s</text>`+"\n", num(x), num(y), l.fill, attributes, escapeXML(s))
}

func (d *drawing) circle(x, y, r float64, fill, stroke string) {
	fmt.Fprintf(&d.Builder, `<circle cx="%s" cy="%s" r="%s" fill="%s" stroke="%s" stroke-width="1.5"/>`+"\n", num(x), num(y), num(r), fill, stroke)
}

func (d *drawing) polygon(fill, stroke string, points ...float64) {
	var list []string
	for i := 0; i+1 < len(points); i += 2 {
		list = append(list, num(points[i])+","+num(points[i+1]))
	}
	fmt.Fprintf(&d.Builder, `<polygon points="%s" fill="%s" stroke="%s" stroke-width="1.5"/>`+"\n", strings.Join(list, " "), fill, stroke)
}

// polyline draws a thin, translucent line through points, so that lines may cross.
func (d *drawing) polyline(stroke string, points ...float64) {
	var list []string
	for i := 0; i+1 < len(points); i += 2 {
		list = append(list, num(points[i])+","+num(points[i+1]))
	}
	fmt.Fprintf(&d.Builder, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.2" stroke-opacity="0.7"/>`+"\n", strings.Join(list, " "), stroke)
}

// trace draws the data of an SVG path. A segment of length zero makes a dot.
func (d *drawing) trace(data, stroke string, width, opacity float64) {
	fmt.Fprintf(&d.Builder, `<path d="%s" fill="none" stroke="%s" stroke-width="%s" stroke-opacity="%s" stroke-linecap="round"/>`+"\n", data, stroke, num(width), num(opacity))
}

// num formats a coordinate to a tenth of a pixel.
func num(v float64) string {
	s := strconv.FormatFloat(v, 'f', 1, 64)
	if s = strings.TrimSuffix(s, ".0"); s == "-0" {
		return "0"
	}
	return s
}

// escapeXML escapes text for XML, without the control characters that XML does
// not allow.
func escapeXML(s string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(plain(s))); err != nil {
		panic(err) // writing to a strings.Builder never fails
	}
	return b.String()
}

// textWidth estimates the width of s, because the fonts are the reader's.
func textWidth(s string, size float64) float64 {
	return 0.56 * size * float64(len([]rune(s)))
}

// fit shortens s to a width in pixels.
func fit(s string, size, width float64) string {
	return shorten(s, max(4, int(width/(0.56*size))))
}
