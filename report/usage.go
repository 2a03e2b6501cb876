package report

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/kro/perf-gate/bench"
)

// Dimensions of the charts of CPU and memory use over time, in pixels.
const (
	usageWidth  = stripWidth
	usageLeft   = stripLeft
	usageRight  = 58
	usageTop    = 64
	panelHeight = 46
	panelGap    = 14
	// maxPoints limits the points of a session's line, however long the session.
	maxPoints = 120
)

// A usage is a kind of use of a process, drawn over time.
type usage struct {
	slug, title string
	unit        string
	points      func(bench.Timeline) []point
}

type point struct{ x, y float64 }

var usages = []usage{
	{"cpu-over-time", "CPU use over the sessions, in percent of one core", "%", cpuPoints},
	{"memory-over-time", "Resident memory over the sessions", "B", memoryPoints},
}

// cpuPoints returns the CPU use between samples, in percent of one core.
func cpuPoints(l bench.Timeline) []point {
	var points []point
	every := max(1, (len(l.Seconds)+maxPoints-1)/maxPoints)
	for i := every; i < len(l.Seconds); i += every {
		if took := l.Seconds[i] - l.Seconds[i-every]; took > 0 {
			points = append(points, point{l.Seconds[i], 100 * (l.CPUSeconds[i] - l.CPUSeconds[i-every]) / took})
		}
	}
	return points
}

func memoryPoints(l bench.Timeline) []point {
	var points []point
	every := max(1, (len(l.Seconds)+maxPoints-1)/maxPoints)
	for i := 0; i < len(l.Seconds); i += every {
		points = append(points, point{l.Seconds[i], float64(l.ResidentB[i])})
	}
	return points
}

// A usageLine is the use of one process in one session.
type usageLine struct {
	arm    bench.Arm
	points []point
}

// usageLines returns the lines of the complete sessions, by process.
func usageLines(r *bench.Record, of usage) map[string][]usageLine {
	lines := make(map[string][]usageLine)
	for _, s := range r.Sessions {
		if s.Failed != "" {
			continue
		}
		for process, timeline := range s.Usage {
			points := slices.DeleteFunc(of.points(timeline), func(p point) bool { return !finite(p.x) || !finite(p.y) })
			if len(points) > 1 {
				lines[process] = append(lines[process], usageLine{s.Arm, points})
			}
		}
	}
	return lines
}

// overTime draws a panel for each process, the controller first, with a line for
// each session.
func overTime(t theme, of usage, lines map[string][]usageLine) string {
	processes := slices.SortedFunc(maps.Keys(lines), func(a, b string) int {
		return cmp.Or(cmp.Compare(usageRank(a), usageRank(b)), cmp.Compare(a, b))
	})
	end := 0.0
	for _, list := range lines {
		for _, l := range list {
			end = math.Max(end, l.points[len(l.points)-1].x)
		}
	}
	bottom := float64(usageTop + len(processes)*(panelHeight+panelGap))
	d := newDrawing(t, usageWidth, bottom+44, of.title)
	d.text(16, 26, of.title, label{size: 14, bold: true})
	d.text(16, 46, "base", label{bold: true, fill: t.blue})
	d.text(50, 46, "and", label{fill: t.faint})
	d.text(78, 46, "head", label{bold: true, fill: t.orange})
	d.text(114, 46, "one line per session", label{fill: t.faint})
	x := axis{0, end, usageLeft, usageWidth - usageRight}
	for i, process := range processes {
		top := float64(usageTop + i*(panelHeight+panelGap))
		d.drawProcessPanel(x, top, process, of.unit, lines[process])
	}
	d.path(x.left, bottom, x.right, bottom, t.rule, 1, "")
	ticks, step := x.ticks(6, 0)
	for _, tick := range ticks {
		d.path(x.at(tick), bottom, x.at(tick), bottom+5, t.rule, 1, "")
		d.text(x.at(tick), bottom+18, fmt.Sprintf("%.*f", decimals(step), tick), label{size: 11, fill: t.faint, anchor: "middle"})
	}
	d.text((x.left+x.right)/2, bottom+35, "seconds from the start of the controller", label{size: 11, fill: t.faint, anchor: "middle"})
	return d.end()
}

// usageRank puts the controller first and the gate last.
func usageRank(process string) int {
	switch process {
	case "controller":
		return 0
	case "gate":
		return 2
	}
	return 1
}

// drawProcessPanel draws the lines of one process from zero up to its highest value.
func (d *drawing) drawProcessPanel(x axis, top float64, process, unit string, lines []usageLine) {
	most := 0.0
	for _, l := range lines {
		for _, p := range l.points {
			most = math.Max(most, p.y)
		}
	}
	bottom := top + panelHeight
	d.text(16, bottom-4, fit(process, 12, usageLeft-20), label{bold: true})
	d.rect(x.left, top, x.right-x.left, panelHeight, d.theme.band, 0)
	d.text(x.right+6, top+10, amount(unit, most), label{size: 11, fill: d.theme.faint})
	d.text(x.right+6, bottom, "0", label{size: 11, fill: d.theme.faint})
	if most == 0 {
		most = 1
	}
	for _, l := range lines {
		colour := d.theme.blue
		if l.arm == bench.Head {
			colour = d.theme.orange
		}
		points := make([]float64, 0, 2*len(l.points))
		for _, p := range l.points {
			points = append(points, x.at(p.x), bottom-math.Max(p.y, 0)/most*panelHeight)
		}
		d.polyline(colour, points...)
	}
}
