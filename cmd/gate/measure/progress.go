package measure

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/runner"
)

// refresh is the shortest time between two changes of the live line. Drawing it costs
// CPU time on the machine that is being measured.
const refresh = 250 * time.Millisecond

// A progress shows the progress of a run. On a terminal it updates one line in place,
// and elsewhere it writes a line per round. It is a runner.Observer.
type progress struct {
	out  io.Writer
	live int // columns of the terminal; 0 if there is none
	plan bench.Plan

	mu      sync.Mutex // two arms can run at once
	round   runner.Round
	spent   []float64 // seconds of each round
	current map[bench.Arm]*current
	drawn   time.Time
	width   int
}

// current is what an arm is doing.
type current struct {
	benchmark bench.Benchmark
	begun     time.Time
	samples   []float64
}

// newProgress begins with the number of rounds that are left, in whole or in part, when a
// number of sessions is done.
func newProgress(out io.Writer, columns int, plan bench.Plan, done int) *progress {
	how := plan.Profile + ", " + plan.Cluster
	if plan.Turns != "" {
		how += ", by " + string(plan.Turns)
	}
	perRound := 1
	if slices.Contains(plan.Order, bench.Base) {
		perRound = 2
	}
	left := (max(0, len(plan.Order)-done) + perRound - 1) / perRound
	fmt.Fprintf(out, "%s of %s (%s; %s)\n", plural(left, "round"), plural(len(plan.Benchmarks), "benchmark"), strings.Join(plan.Suites, ", "), how)
	return &progress{out: out, live: columns, plan: plan}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (p *progress) RoundStarted(r runner.Round) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.round, p.current = r, map[bench.Arm]*current{}
	p.draw("starting", true)
}

func (p *progress) BenchmarkStarted(arm bench.Arm, b bench.Benchmark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current[arm] = &current{benchmark: b, begun: time.Now()}
	p.draw(string(arm)+" "+b.Name, true)
}

func (p *progress) OperationDone(arm bench.Arm, seconds float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.current[arm]
	c.samples = append(c.samples, seconds)
	p.draw(string(arm)+" "+c.String(), false)
}

// String gives the pace of the operations so far.
func (c *current) String() string {
	sorted := slices.Sorted(slices.Values(c.samples))
	median := time.Duration(sorted[len(sorted)/2] * float64(time.Second))
	rate := float64(len(c.samples)) / time.Since(c.begun).Seconds()
	return fmt.Sprintf("%s  %d/%d  %.1f ops/s  p50 %s", c.benchmark.Name,
		len(c.samples), c.benchmark.Ops, rate, median.Round(100*time.Microsecond))
}

func (p *progress) RoundDone(r runner.Round, sessions []bench.Session) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.erase()
	seconds := p.plan.Seconds(sessions)
	failed, errors := false, 0
	for _, s := range sessions {
		if s.Failed != "" && !s.Aborted {
			failed = true
			fmt.Fprintf(p.out, "%s: %s failed after %.1f s: %s\n", name(r), s.Arm, s.Seconds, s.Failed)
		}
		for _, result := range s.Results {
			errors += result.Errors
		}
	}
	if failed {
		return
	}
	p.spent = append(p.spent, seconds)
	line := fmt.Sprintf("%s: %.1f s", name(r), seconds)
	if errors > 0 {
		line += ", " + plural(errors, "operation") + " failed"
	}
	if left := p.timeLeft(r.Of - r.At); left != "" {
		line += ", " + left
	}
	fmt.Fprintln(p.out, line)
}

// name names a round.
func name(r runner.Round) string {
	if r.Phase == bench.Confirm {
		return fmt.Sprintf("confirming %d/%d", r.At, r.Of)
	}
	return fmt.Sprintf("round %d/%d", r.At, r.Of)
}

// timeLeft estimates from the rounds so far how long a number of them takes. Those that
// confirm may be shorter.
func (p *progress) timeLeft(rounds int) string {
	if rounds <= 0 || len(p.spent) == 0 {
		return ""
	}
	sorted := slices.Sorted(slices.Values(p.spent))
	left := time.Duration(sorted[len(sorted)/2] * float64(rounds) * float64(time.Second))
	return fmt.Sprintf("%s left", left.Round(time.Second))
}

// draw redraws the live line, unless it was drawn a moment ago.
func (p *progress) draw(what string, now bool) {
	if p.live == 0 || !now && time.Since(p.drawn) < refresh {
		return
	}
	line := fmt.Sprintf("[%s] %s", name(p.round), what)
	if left := p.timeLeft(p.round.Of - p.round.At + 1); left != "" {
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
