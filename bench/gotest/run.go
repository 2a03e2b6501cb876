package gotest

import (
	"context"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench"
)

// repetitions is how often a process repeats a benchmark. More would prepare it as often, and
// another process says more.
const repetitions = 1

const (
	leastTime = 10 * time.Millisecond
	mostTime  = 100 * time.Millisecond
)

// Fit sets how long the benchmarks are repeated, so that a number of processes for each of
// them take about as long as the budget together.
func (b *Benches) Fit(budget time.Duration, processes int) {
	// A repetition takes longer than its time: the testing package approaches it from below.
	const overhead = 1.2
	all := budget/time.Duration(max(1, processes*repetitions)) - b.once // of one repetition of each
	each := time.Duration(float64(all) / overhead / float64(max(1, len(b.Benchmarks))))
	b.Notes.Repetitions = repetitions
	b.Notes.RepetitionSeconds = min(max(each, leastTime), mostTime).Round(time.Millisecond).Seconds()
}

// A block is the benchmarks that one process runs: those of one function or, if it has
// groups of them, of one group.
type block struct {
	*pkg
	pattern string
	names   []string
	// full are the names in the plan, as many.
	full []string
}

// blocks returns the blocks that have the benchmarks, in order.
func (b *Benches) blocks(wanted func(name string) bool) []block {
	var list []block
	for _, benchmark := range b.Benchmarks {
		if !wanted(benchmark.Name) {
			continue
		}
		owner := b.owner[benchmark.Name]
		parts := strings.SplitN(owner.name, "/", 3)
		pattern := "^" + prefix + regexp.QuoteMeta(parts[0]) + "$"
		if len(parts) > 1 {
			pattern += "/^" + regexp.QuoteMeta(parts[1]) + "$"
		}
		i := slices.IndexFunc(list, func(other block) bool { return other.pkg == owner.pkg && other.pattern == pattern })
		if i < 0 {
			i, list = len(list), append(list, block{pkg: owner.pkg, pattern: pattern})
		}
		list[i].names, list[i].full = append(list[i].names, owner.name), append(list[i].full, benchmark.Name)
	}
	return list
}

// Run runs the benchmarks once in each of the sessions, which are those of both arms of a
// round or one, and adds the results. Each benchmark of one arm is followed by the same
// one of the other: a b, b a, and so on. If only is not nil, it lists the benchmarks to run.
func (b *Benches) Run(ctx context.Context, how bench.GoBenchmarks, sessions []*bench.Session, only []string, started func(bench.Arm, bench.Benchmark)) error {
	wanted := func(name string) bool { return only == nil || slices.Contains(only, name) }
	repetition := time.Duration(how.RepetitionSeconds * float64(time.Second))
	order := slices.Clone(sessions)
	for _, block := range b.blocks(wanted) {
		for _, s := range order {
			p, built := block.programs[s.Arm]
			if !built {
				continue
			}
			for _, name := range block.full {
				started(s.Arm, bench.Benchmark{Name: name, Suite: block.suite, Ops: 1})
			}
			begin := time.Now()
			out, err := p.run(ctx, setting{block.pattern, repetition.String(), how.Repetitions, block.limit(how)})
			if err != nil {
				return err
			}
			s.Results = append(s.Results, block.results(out, time.Since(begin))...)
		}
		slices.Reverse(order)
	}
	return nil
}

// limit is how long a process may take. It is much longer than it should.
func (b block) limit(how bench.GoBenchmarks) time.Duration {
	planned := how.RepetitionSeconds * float64(how.Repetitions*len(b.names))
	return 5*time.Minute + 20*time.Duration(planned*float64(time.Second))
}

// results returns what a process measured of the benchmarks of the block.
func (b block) results(out outcome, took time.Duration) (list []bench.Result) {
	for i, name := range b.names {
		result := bench.Result{
			Benchmark: b.full[i], Ops: 1, Seconds: took.Seconds() / float64(len(b.names)),
			Metrics: map[string]float64{}, Samples: out.samples(name),
		}
		if why := out.failure(name); why != "" {
			result.Errors, result.Samples, result.Messages = 1, nil, []string{why}
		}
		result.Metrics[bench.ErrorsPerOp] = float64(result.Errors)
		for unit, values := range result.Samples {
			result.Metrics[unit] = median(values)
		}
		list = append(list, result)
	}
	return list
}

// median returns the median of values, of which there is at least one.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// sweep sets the swept parameter of benchmarks whose names differ in nothing but the value
// of one parameter, a number. Of several such parameters, it is the last.
func sweep(list []bench.Benchmark) {
	sizes := map[string]map[string]bool{} // values by name without the value
	each := func(name string, f func(key, family, value string)) {
		parts := strings.Split(name, "/")
		for i, part := range parts {
			key, value, ok := strings.Cut(part, "=")
			if !ok || !positive(value) {
				continue
			}
			others := slices.Clone(parts)
			others[i] = key + "=*"
			f(key, strings.Join(others, "/"), value)
		}
	}
	for _, b := range list {
		each(b.Name, func(_, family, value string) {
			if sizes[family] == nil {
				sizes[family] = map[string]bool{}
			}
			sizes[family][value] = true
		})
	}
	for i, b := range list {
		each(b.Name, func(key, family, _ string) {
			if len(sizes[family]) > 1 {
				list[i].Sweep = key
			}
		})
	}
}

// positive reports whether a text is a positive number.
func positive(text string) bool {
	v, err := strconv.ParseFloat(text, 64)
	return err == nil && v > 0 && !math.IsInf(v, 0)
}
