package report

import (
	"fmt"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// maxStrips is how many changed comparisons get a chart.
const maxStrips = 6

// A chart is one picture in both themes.
type chart struct {
	Slug  string
	Title string
	Kind  chartKind
	Light string // SVG
	Dark  string
}

// A chartKind says what a chart shows.
type chartKind int

const (
	changeChart   chartKind = iota // a comparison that changed
	growthChart                    // the growth of a cost that did not change
	overviewChart                  // all gated comparisons that use statistics
	usageChart                     // CPU or memory use of the processes over time
)

// Overview reports whether the chart is the overview, which is wider than others.
func (c chart) Overview() bool { return c.Kind == overviewChart }

// Path returns the path of the chart, relative to the report.
func (c chart) Path(t theme) string { return "charts/" + c.Slug + "-" + t.name + ".svg" }

// charts draws the overview, then the changed comparisons, then the growth of costs, then
// CPU and memory use over time. Comparisons that use statistics come before exact ones, because
// a chart shows the spread of their values. It also returns how many changed
// comparisons it left out.
func charts(v *gate.Verdict, r *bench.Record) (list []chart, left int) {
	slugs := map[string]bool{}
	add := func(slug, title string, kind chartKind, draw func(theme) string) {
		list = append(list, chart{Slug: unique(slugs, slug), Title: title, Kind: kind, Light: draw(light), Dark: draw(dark)})
	}
	if rows := forestRows(v); len(rows) > 0 {
		add("overview", "Change of every gated comparison that uses statistics", overviewChart,
			func(t theme) string { return forest(t, v, rows) })
	}
	drawn := 0
	for _, exact := range []bool{false, true} {
		for _, c := range changed(v) {
			draw := picture(v, c)
			if (c.Class == bench.Exact) != exact || draw == nil {
				continue
			}
			if drawn == maxStrips {
				left++
				continue
			}
			drawn++
			add(slug(c.Benchmark+" "+c.Subject()), chartTitle(c), changeChart, draw)
		}
	}
	drawn = 0
	for _, c := range v.Comparisons {
		if m, _ := bench.Lookup(c.Metric); c.Scale != gate.Difference || !c.Gated || isChanged(c) || c.Class == bench.Exact || m.Constant {
			continue // counts and bytes do not scatter, so their figures say it all
		}
		if draw := picture(v, c); draw != nil && drawn < maxGrowthCharts {
			drawn++
			add(slug(c.Benchmark+" "+c.Subject()), chartTitle(c), growthChart, draw)
		}
	}
	for _, of := range usages {
		if lines := usageLines(r, of); len(lines) > 0 {
			add(of.slug, of.title, usageChart, func(t theme) string { return overTime(t, of, lines) })
		}
	}
	return list, left
}

// chartTitle describes the chart of a comparison.
func chartTitle(c gate.Comparison) string {
	base, head := sides(c)
	return fmt.Sprintf("%s of %s: %s → %s, %s", c.Subject(), c.Benchmark, base, head, outcome(c.Outcome))
}

// picture returns a function that draws a comparison; nil if it cannot be drawn.
func picture(v *gate.Verdict, c gate.Comparison) func(theme) string {
	if c.Scale == gate.Difference {
		list, ok := growthDrawable(v, c)
		if !ok {
			return nil
		}
		return func(t theme) string { return growth(t, v, c, list) }
	}
	if !drawable(c) {
		return nil
	}
	return func(t theme) string { return strip(t, v, c) }
}

// drawable reports whether both arms have values to draw.
func drawable(c gate.Comparison) bool {
	if c.Base == nil || c.Head == nil || len(c.BaseValues) == 0 || len(c.HeadValues) == 0 {
		return false
	}
	if c.CI != nil && !near(*c.Base*c.CI[0], *c.Base*c.CI[1]) {
		return false
	}
	return near(*c.Base, *c.Head) && near(c.BaseValues...) && near(c.HeadValues...)
}

// maxSlug keeps file names short enough for any file system.
const maxSlug = 80

// slug turns a name into lower-case letters, digits and single hyphens.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if b.Len() >= maxSlug {
			break
		}
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	if s := strings.Trim(b.String(), "-"); s != "" {
		return s
	}
	return "chart"
}

// unique returns the slug, with a number if it is taken, and marks it as taken.
func unique(taken map[string]bool, slug string) string {
	name := slug
	for i := 2; taken[name]; i++ {
		name = fmt.Sprintf("%s-%d", slug, i)
	}
	taken[name] = true
	return name
}
