package report

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kro/perf-gate/gate/advice"
)

// advised returns more recommendations than a report shows. The first is for more
// benchmarks than a report lists.
func advised() []advice.Recommendation {
	var list []advice.Recommendation
	for i := range maxAdvice + 2 {
		list = append(list, advice.Recommendation{
			What: fmt.Sprintf("Finding number %d.", i+1), Do: "Look into it.", Benchmarks: []string{"CRUD/op=create"},
			Evidence: []advice.Figure{{Name: "the timer", Value: 0.5, Unit: "s", From: "--instance-requeue-interval"}},
		})
	}
	list[0].Benchmarks = []string{"one", "two", "three", "four", "five", "six", "seven"}
	return list
}

// forms returns the input in each form that a person reads.
func forms(t *testing.T, in Input) map[string]string {
	t.Helper()
	var page strings.Builder
	if err := writeHTML(&page, in); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"text": render(t, "text", in), "markdown": render(t, "markdown", in), "html": page.String()}
}

func TestAdviceIsBounded(t *testing.T) {
	in := load(t, "crash")
	in.Advice = advised()
	for format, source := range forms(t, in) {
		for i := range in.Advice {
			if shown := strings.Contains(source, fmt.Sprintf("Finding number %d.", i+1)); shown != (i < maxAdvice) {
				t.Errorf("%s: recommendation %d shown: %v", format, i+1, shown)
			}
		}
		if n := strings.Count(source, "Also in two, three, four, five and 2 more."); n != 1 {
			t.Errorf("%s names the other benchmarks %d times, want once", format, n)
		}
	}
}

// Advice always has its figures, with their units and sources.
func TestAdviceShowsItsFigures(t *testing.T) {
	in := load(t, "crash")
	in.Advice = advised()[1:2]
	wanted := map[string]string{
		"text":     "    · the timer: 500 ms (--instance-requeue-interval)\n",
		"markdown": "  - the timer: 500 ms (--instance-requeue-interval)\n",
		"html":     "<li>the timer: 500 ms (--instance-requeue-interval)</li>",
	}
	for format, source := range forms(t, in) {
		if want := wanted[format]; !strings.Contains(source, want) {
			t.Errorf("%s does not say %q", format, want)
		}
	}
}

func TestNoAdviceHasNoHeading(t *testing.T) {
	in := load(t, "crash")
	in.Advice = nil
	for format, source := range forms(t, in) {
		if strings.Contains(source, "What to look at next") {
			t.Errorf("%s has a heading with nothing below", format)
		}
	}
}
