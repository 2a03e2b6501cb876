package report

import (
	"encoding/xml"
	"math"
	"strconv"
	"testing"
)

// Texts of charts are legible by WCAG's measure, 4.5:1, on the background and on
// the bands.
func TestChartContrast(t *testing.T) {
	const least = 4.5
	grounds := map[string][]string{light.ground: {light.band}, dark.ground: {dark.band}}
	fills := map[[2]string]bool{}
	for _, in := range cases(t) {
		for path, svg := range ChartFiles(in) {
			var chart struct {
				Rects []struct {
					Fill string `xml:"fill,attr"`
				} `xml:"rect"`
				Texts []struct {
					Fill string `xml:"fill,attr"`
				} `xml:"text"`
			}
			if err := xml.Unmarshal(svg, &chart); err != nil {
				t.Fatalf("%s: %v", path, err)
			}
			for _, text := range chart.Texts {
				fills[[2]string{text.Fill, chart.Rects[0].Fill}] = true
			}
		}
	}
	if len(fills) < 6 {
		t.Fatalf("only %v were found", fills)
	}
	for fill := range fills {
		for _, ground := range append(grounds[fill[1]], fill[1]) {
			if c := contrast(t, fill[0], ground); c < least {
				t.Errorf("text in %s on %s has a contrast of %.2f, want %g", fill[0], ground, c, least)
			}
		}
	}
}

// contrast returns the contrast of two colours such as #ffffff, from 1 to 21.
func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	rgb, err := strconv.ParseUint(colour[1:], 16, 24)
	if err != nil || len(colour) != 7 {
		t.Fatalf("colour %q: %v", colour, err)
	}
	linear := func(channel uint64) float64 {
		v := float64(channel&0xff) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(rgb>>16) + 0.7152*linear(rgb>>8) + 0.0722*linear(rgb)
}
