package measure

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// refresh is the shortest time between two changes of the live line. Drawing it costs
// CPU time on the machine that is being measured.
const refresh = 250 * time.Millisecond

// A progress shows the progress of a run. On a terminal it updates one line in place,
// and elsewhere it writes a line per session. It is a runner.Observer.
type progress struct {
	out  io.Writer
	live int // columns of the terminal; 0 if there is none

	plan    bench.Plan
	current string // "3/12 head"
	spent   []float64
	left    int // sessions

	benchmark bench.Benchmark
	begun     time.Time
	samples   []float64
	drawn     time.Time
	width     int
}

func newProgress(out io.Writer, columns int, plan bench.Plan, done int) *progress {
	p := &progress{out: out, live: columns, plan: plan, left: max(0, len(plan.Order)-done)}
	sessions := "sessions"
	if p.left == 1 {
		sessions = "session"
	}
	fmt.Fprintf(p.out, "%d %s of %d benchmarks (%s, profile %s, %s)\n",
		p.left, sessions, len(plan.Benchmarks), strings.Join(plan.Suites, ", "), plan.Profile, plan.Cluster)
	return p
}

func (p *progress) SessionStarted(index, of int, arm bench.Arm) {
	p.current = fmt.Sprintf("%d/%d %s", index+1, of, arm)
	p.draw("starting", true)
}

func (p *progress) BenchmarkStarted(b bench.Benchmark) {
	p.benchmark, p.begun, p.samples = b, time.Now(), p.samples[:0]
	p.draw(b.Name, true)
}

func (p *progress) OperationDone(seconds float64) {
	p.samples = append(p.samples, seconds)
	p.draw("", false)
}

func (p *progress) SessionDone(s bench.Session) {
	p.left--
	p.erase()
	if s.Failed != "" {
		fmt.Fprintf(p.out, "session %s failed after %.1f s: %s\n", p.current, s.Seconds, s.Failed)
		return
	}
	p.spent = append(p.spent, s.Seconds)
	errors := 0
	for _, r := range s.Results {
		errors += r.Errors
	}
	line := fmt.Sprintf("session %s: %d benchmarks in %.1f s", p.current, len(s.Results), s.Seconds)
	if errors > 0 {
		line += fmt.Sprintf(", %d operations failed", errors)
	}
	if left := p.timeLeft(); left != "" {
		line += ", " + left
	}
	fmt.Fprintln(p.out, line)
}

// timeLeft estimates the remaining time from the sessions so far.
func (p *progress) timeLeft() string {
	if p.left <= 0 || len(p.spent) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(p.spent))
	left := time.Duration(sorted[len(sorted)/2] * float64(p.left) * float64(time.Second))
	return fmt.Sprintf("%s left", left.Round(time.Second))
}

// draw redraws the live line, unless it was drawn a moment ago.
func (p *progress) draw(what string, now bool) {
	if p.live == 0 || !now && time.Since(p.drawn) < refresh {
		return
	}
	if what == "" {
		sorted := slices.Sorted(slices.Values(p.samples))
		median := time.Duration(sorted[len(sorted)/2] * float64(time.Second))
		rate := float64(len(p.samples)) / time.Since(p.begun).Seconds()
		what = fmt.Sprintf("%s  %d/%d  %.1f ops/s  p50 %s", p.benchmark.Name,
			len(p.samples), p.benchmark.Ops, rate, median.Round(100*time.Microsecond))
	}
	line := fmt.Sprintf("[%s] %s", p.current, what)
	if left := p.timeLeft(); left != "" {
		line += "  " + left
	}
	line = line[:min(len(line), p.live-1)] // a line that wraps cannot be erased
	p.erase()
	p.drawn, p.width = time.Now(), len(line)
	fmt.Fprint(p.out, line)
}

// erase removes the live line from the terminal.
func (p *progress) erase() {
	if p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}

func (p *progress) close() { p.erase() }
