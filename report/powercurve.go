package report

import (
	"fmt"
	"maps"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// CalibrationChart draws, as an SVG for a light background, how many slowdowns of
// each size were found, with a curve per metric, and how many trials failed
// without one. It returns "" if nothing was slowed down.
func CalibrationChart(c Calibration) string {
	const width, height, left, right, top, bottom = 640.0, 320.0, 56.0, 150.0, 48.0, 44.0
	r := c.Result
	if len(r.Found) == 0 {
		return ""
	}
	d := newDrawing(light, width, height, "Slowdowns found, by size")
	d.text(16, 24, fmt.Sprintf("Slowdowns found, by size (%s of %s per arm)", plural(r.Trials, "trial"), plural(r.Sessions, "session")), label{size: 14, bold: true})

	x := func(i int) float64 { return left + (width-left-right)*float64(i)/float64(len(r.Found)) }
	y := func(fraction float64) float64 { return height - bottom - (height-top-bottom)*fraction }
	for _, fraction := range []float64{0, 0.25, 0.5, 0.75, 1} {
		d.path(left, y(fraction), width-right, y(fraction), d.theme.rule, 1, "")
		d.text(left-8, y(fraction)+4, percent(fraction), label{fill: d.theme.faint, anchor: "end"})
	}
	d.text(x(0), height-bottom+20, "no slowdown", label{fill: d.theme.faint, anchor: "middle"})
	for i, found := range r.Found {
		d.text(x(i+1), height-bottom+20, signedPercent(1+found.Change.Size), label{fill: d.theme.faint, anchor: "middle"})
	}
	red := float64(r.Red) / float64(r.Trials)
	d.circle(x(0), y(red), 5, d.theme.orange, d.theme.orange)
	d.text(x(0)+10, y(red)-6, "failed: "+portion(r.Red, r.Trials), label{fill: d.theme.text})

	metrics := map[string]bool{}
	for _, found := range r.Found {
		for m := range found.Metrics {
			metrics[m] = true
		}
	}
	colours := []string{d.theme.blue, d.theme.orange, d.theme.neutral, d.theme.text}
	names := slices.SortedFunc(maps.Keys(metrics), func(a, b string) int { return bench.Rank(a) - bench.Rank(b) })
	for n, metric := range names[:min(len(names), len(colours))] {
		var points []float64
		for i, found := range r.Found {
			if s := found.Metrics[metric]; s.Of > 0 {
				fraction := float64(s.Hits) / float64(s.Of)
				points = append(points, x(i+1), y(fraction))
				d.circle(x(i+1), y(fraction), 3.5, d.theme.ground, colours[n])
			}
		}
		if len(points) == 0 {
			continue
		}
		d.polyline(colours[n], points...)
		ly := top + 18*float64(n)
		d.circle(width-right+20, ly, 3.5, d.theme.ground, colours[n])
		d.text(width-right+32, ly+4, fit(metric, 12, right-40), label{})
	}
	return d.end()
}
