package report

import (
	"fmt"
	"strings"

	"github.com/kro/perf-gate/gate/advice"
)

// A recommendation is one recommendation in words.
type recommendation struct {
	What, Do string
	Evidence []string // a figure each
	Also     string   // other benchmarks that show it; empty when there are none
}

// maxAdvice limits the recommendations, maxAlso the benchmarks listed below one.
const (
	maxAdvice = 5
	maxAlso   = 4
)

// recommendations returns the strongest ones. The others can wait until these
// are done.
func recommendations(list []advice.Recommendation) []recommendation {
	var rows []recommendation
	for _, a := range list[:min(len(list), maxAdvice)] {
		r := recommendation{What: a.What, Do: a.Do}
		for _, f := range a.Evidence {
			r.Evidence = append(r.Evidence, fmt.Sprintf("%s: %s (%s)", f.Name, amount(f.Unit, f.Value), shorten(f.From, maxName)))
		}
		if others := a.Benchmarks[1:]; len(others) > 0 {
			for i, name := range others[:min(len(others), maxAlso)] {
				if i > 0 {
					r.Also += ", "
				}
				r.Also += shorten(name, maxName)
			}
			if more := len(others) - maxAlso; more > 0 {
				r.Also += fmt.Sprintf(" and %d more", more)
			}
			r.Also = "Also in " + r.Also + "."
		}
		rows = append(rows, r)
	}
	return rows
}

// writeTextAdvice writes the recommendations.
func writeTextAdvice(b *strings.Builder, list []recommendation) {
	if len(list) > 0 {
		b.WriteString("\nWhat to look at next\n")
	}
	for _, r := range list {
		b.WriteString(wrap("- "+r.What, "  ", "    "))
		for _, e := range r.Evidence {
			b.WriteString(wrap("· "+e, "    ", "      "))
		}
		b.WriteString(wrap(strings.TrimSpace(r.Do+" "+r.Also), "    ", "    "))
	}
}

// writeAdvice writes the recommendations, folded: they are about KRO and the run,
// and seldom about the change.
func (d *markdown) writeAdvice(list []recommendation) {
	if len(list) == 0 {
		return
	}
	done := d.openFold("What to look at next: " + plural(len(list), "recommendation") + " and the figures behind " + verb(len(list), "it", "them"))
	for _, r := range list {
		d.writeLine("- **%s** %s", Prose(r.What), Prose(strings.TrimSpace(r.Do+" "+r.Also)))
		for _, e := range r.Evidence {
			d.writeLine("  - %s", Prose(e))
		}
	}
	done()
}
