package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/gate/advice"
	"github.com/kro/perf-gate/gate/explain"
)

// checkXML parses strictly. It fails on elements and attributes that could run,
// load or style anything, and on links that do not start with one of links.
func checkXML(t *testing.T, name, source string, elements []string, links ...string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(source))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Errorf("%s is not well-formed: %v", name, err)
			return
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		if !slices.Contains(elements, start.Name.Local) {
			t.Errorf("%s holds <%s>", name, start.Name.Local)
		}
		for _, a := range start.Attr {
			key := a.Name.Local
			if coordinates[key] && (strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf")) {
				t.Errorf("%s is drawn at %s=%q", name, key, a.Value)
			}
			if key == "href" && slices.ContainsFunc(links, func(l string) bool { return strings.HasPrefix(a.Value, l) }) {
				continue
			}
			if key == "href" || key == "src" || key == "style" || strings.HasPrefix(key, "on") || strings.Contains(a.Value, "url(") {
				t.Errorf("%s holds %s=%q", name, key, a.Value)
			}
		}
	}
}

var (
	coordinates = map[string]bool{
		"x": true, "y": true, "x1": true, "x2": true, "y1": true, "y2": true, "cx": true, "cy": true, "r": true,
		"width": true, "height": true, "points": true, "d": true, "viewBox": true,
	}
	svgElements  = []string{"svg", "title", "rect", "line", "text", "circle", "polygon", "polyline"}
	htmlElements = append([]string{
		"html", "head", "meta", "style", "body", "main", "header", "section", "footer", "h1", "h2", "p", "span", "strong", "em", "code", "pre",
		"ul", "li", "div", "figure", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
	}, svgElements...)
)

// checkAll renders all formats and checks them as a browser or a pull request would
// show them.
func checkAll(t *testing.T, in Input) {
	t.Helper()
	drawn, _ := charts(in.Verdict, in.Record)
	for _, c := range drawn {
		checkXML(t, c.Path(light), c.Light, svgElements)
		checkXML(t, c.Path(dark), c.Dark, svgElements)
	}
	var page bytes.Buffer
	if err := writeHTML(&page, in); err != nil {
		t.Fatal(err)
	}
	checkXML(t, "report.html", page.String(), htmlElements)
	if s := page.String(); strings.Count(s, "http:")+strings.Count(s, "https:")-strings.Count(s, "http://www.w3.org/2000/svg")-strings.Count(s, "https://example.com") > 0 {
		t.Error("report.html refers to another place")
	}
	source := render(t, "markdown", in)
	checkTables(t, source)
	checkMarkup(t, source)
}

func TestWellFormed(t *testing.T) {
	for name, in := range cases(t) {
		t.Run(name, func(t *testing.T) { checkAll(t, in) })
	}
}

// The report stays intact for any name of a benchmark, a request or a build, for any
// note and for any measurement.
func FuzzReport(f *testing.F) {
	f.Add("a|b`c\n<script>", "]]>&\"'", "\x00\xff\u202e", 1.0, 2.0, 0.5)
	f.Add("- x", "1. y", "# z", -1.0, 0.0, 1e308)
	f.Add("\uffff", "\\", "~~~", 1e-320, 1e18, 1e18)
	f.Fuzz(func(t *testing.T, benchmark, request, note string, base, head, width float64) {
		if !finite(base) || !finite(head) || !finite(width) || strings.Contains(note, "http") || strings.Contains(benchmark, "http") || strings.Contains(request, "http") {
			t.Skip("neither can be in a verdict or is looked for as a reference")
		}
		in := load(t, "crash")
		v, r := in.Verdict, in.Record
		v.Comparisons = v.Comparisons[:0:0]
		ratio, p := head/base, 0.01
		c := gate.Comparison{
			Benchmark: benchmark, Metric: bench.RequestsPerOp, Class: bench.Exact, Better: bench.Lower, Base: &base, Head: &head,
			Outcome: gate.Regressed, Gated: true, Note: note, BaseValues: []float64{base, head, base}, HeadValues: []float64{head},
		}
		v.Comparisons = append(v.Comparisons, c)
		c.Metric, c.Outcome = bench.RequestPrefix+request+"/op", gate.Improved
		v.Comparisons = append(v.Comparisons, c)
		c.Metric, c.Class, c.P, c.Tolerance, c.Outcome = "cpu-sec/op", bench.Timing, &p, 0.1, gate.Regressed
		if finite(ratio) && finite(width*ratio) {
			c.Ratio, c.CI = &ratio, &[2]float64{ratio - width, ratio + width}
		}
		v.Comparisons = append(v.Comparisons, c)
		c.Scale, c.Ratio, c.Difference, c.CI = gate.Difference, nil, &width, &[2]float64{width, width}
		v.Comparisons = append(v.Comparisons, c)
		v.Findings = []gate.Finding{{Group: bench.Time, Scale: c.Scale, Metrics: []string{c.Metric}, Benchmarks: []string{benchmark}, Worst: len(v.Comparisons) - 1}}
		v.Sweeps = []bench.Sweep{{Name: benchmark, Parameter: request, Points: []bench.SweepPoint{{Size: 1, Benchmark: benchmark}, {Size: 1e300, Benchmark: benchmark}}}}
		v.Reason, v.Warnings = note, []string{note, benchmark}
		v.Head.Build.Ref, v.Head.Build.Version = request, note
		r.Header.Plan.Benchmarks[0].Name = benchmark
		r.Header.Environment.CPU = note
		r.Sessions[0].Failed = note
		rows := []explain.Row{{Function: benchmark, Base: base, Head: head, Change: width, Error: &width, Share: &head}, {Function: request, Head: 1}, {Function: note}}
		view := explain.View{Rows: rows, Within: 3}
		in.Pprof = &Pprof{Kinds: []string{note}, Base: request, Head: benchmark, Diffs: []explain.Diff{
			{Type: explain.CPU, BaseSessions: 2, HeadSessions: 3, Total: rows[0], Own: view, Flat: view},
		}}
		in.Advice = []advice.Recommendation{{
			What: note, Do: request, Benchmarks: []string{benchmark, note},
			Evidence: []advice.Figure{{Name: request, Value: width, Unit: note, From: benchmark}, {Name: note, Value: head, Unit: "s", From: note}},
		}}
		checkAll(t, in)
	})
}
