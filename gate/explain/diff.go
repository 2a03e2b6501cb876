package explain

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/google/pprof/profile"
)

// Type is what a profile counts, by its name there.
type Type string

const (
	CPU          Type = "cpu"           // seconds
	AllocObjects Type = "alloc_objects" // heap objects
	AllocSpace   Type = "alloc_space"   // bytes
)

// types are those that are compared, with the unit of their profiles and how
// many of it are one of ours.
var types = []struct {
	name Type
	unit string
	per  float64
}{
	{CPU, "nanoseconds", 1e9},
	{AllocObjects, "count", 1},
	{AllocSpace, "bytes", 1},
}

const (
	// MinSessions is how many sessions of each arm it takes to tell a change
	// from the spread.
	MinSessions = 3
	// Errors is how many standard errors a change must exceed to be told from it.
	Errors = 2
	// maxRows bounds a table, and least is the part of the largest change below
	// which a change explains nothing.
	maxRows = 10
	least   = 0.01
)

// A Diff is what one session costs in base and head, in one type.
type Diff struct {
	Type                       Type
	BaseSessions, HeadSessions int
	// Samples is how many samples a CPU profile rests on, in all sessions;
	// others do not say.
	Samples int64
	// Period is the distance of the samples: nanoseconds of CPU time, or bytes
	// allocated.
	Period int64
	Total  Row
	Own    View // by KRO's own functions
	Flat   View // by the functions themselves
}

// Judged says whether there are enough sessions to leave out what is within
// the spread between them.
func (d Diff) Judged() bool { return min(d.BaseSessions, d.HeadSessions) >= MinSessions }

// A View splits the total by functions.
type View struct {
	// Rows are the largest changes, the largest first.
	Rows []Row
	// Within is how many functions changed, but within the spread; Smaller how
	// many changed beyond it, but less than those in Rows: there are ten at most,
	// of at least a hundredth of the largest change.
	Within, Smaller int
}

// A Row is what one function costs a session, in the mean.
type Row struct {
	Function           string
	Base, Head, Change float64
	// Error is the standard error of Change; null with one session of an arm.
	Error *float64
	// Share is the part of the total's change; null when that is within the
	// spread itself.
	Share *float64
}

// Compare compares profiles of one kind, one for each session, in every type
// that all of them have. Without any on one side there is nothing to compare.
func Compare(base, head []*profile.Profile) []Diff {
	if len(base) == 0 || len(head) == 0 {
		return nil
	}
	var diffs []Diff
	all := slices.Concat(base, head)
	functions := make(parser)
	for _, t := range types {
		indexes := make([]int, len(all))
		for i, p := range all {
			indexes[i] = slices.IndexFunc(p.SampleType, func(v *profile.ValueType) bool {
				return v.Type == string(t.name) && v.Unit == t.unit
			})
		}
		if slices.Contains(indexes, -1) {
			continue
		}
		d := Diff{Type: t.name, BaseSessions: len(base), HeadSessions: len(head), Period: base[0].Period}
		own, flat, total := newCosts(all), newCosts(all), newCosts(all)
		for i, p := range all {
			for _, s := range p.Sample {
				stack := functions.stack(s)
				if observing(stack) {
					continue
				}
				value, times := float64(s.Value[indexes[i]]), seen(p, s)
				own.add(i, owner(stack), value, times)
				flat.add(i, innermost(stack), value, times)
				total.add(i, "", value, times)
				if t.name == CPU {
					d.Samples += int64(times)
				}
			}
		}
		d.Total = newRow("", total[""], len(base), t.per)
		d.Own, d.Flat = d.view(own, t.per), d.view(flat, t.per)
		diffs = append(diffs, d)
	}
	return diffs
}

// seen is how often the profiler saw the stack: a CPU profile says so, and of a
// heap profile it is what was allocated by the distance of the samples. It is 0
// where that is not known.
func seen(p *profile.Profile, s *profile.Sample) float64 {
	for i, v := range p.SampleType {
		switch {
		case v.Type == "samples":
			return float64(s.Value[i])
		case v.Type == string(AllocSpace) && p.Period > 0:
			return float64(s.Value[i]) / float64(p.Period)
		}
	}
	return 0
}

// A cost is what a function costs in a session, in the unit of the profiles:
// whole numbers, so that equal costs have equal means.
type cost struct {
	value float64
	// variance is that of the number of samples which the value is estimated
	// from (Poisson).
	variance float64
}

// costs are those of each function in each session. One that was not seen in a
// session cost it nothing, as far as its samples tell.
type costs map[string][]cost

func newCosts(all []*profile.Profile) costs { return costs{"": make([]cost, len(all))} }

func (c costs) add(session int, function string, value, seen float64) {
	if c[function] == nil {
		c[function] = make([]cost, len(c[""]))
	}
	c[function][session].value += value
	if seen > 0 {
		c[function][session].variance += value * value / seen
	}
}

// view ranks the functions by how much they changed.
func (d Diff) view(c costs, per float64) View {
	var v View
	var rows []Row
	for _, function := range slices.Sorted(maps.Keys(c)) {
		if function == "" {
			continue
		}
		r := newRow(function, c[function], d.BaseSessions, per)
		switch {
		case r.Change == 0:
		case d.within(r):
			v.Within++
		default:
			if d.Total.Change != 0 && !d.within(d.Total) {
				share := r.Change / d.Total.Change
				r.Share = &share
			}
			rows = append(rows, r)
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)) })
	for i, r := range rows {
		if i == maxRows || math.Abs(r.Change) < least*math.Abs(rows[0].Change) {
			v.Smaller = len(rows) - i
			break
		}
	}
	v.Rows = rows[:len(rows)-v.Smaller]
	return v
}

// within says whether the spread between sessions can be all there is to a
// change.
func (d Diff) within(r Row) bool {
	return d.Judged() && math.Abs(r.Change) <= Errors*(*r.Error)
}

// newRow compares the sessions of base, the first n of them, with the others;
// per of the profiles' unit are one of ours.
func newRow(function string, sessions []cost, n int, per float64) Row {
	base, baseVariance := mean(sessions[:n])
	head, headVariance := mean(sessions[n:])
	r := Row{Function: function, Base: base / per, Head: head / per, Change: (head - base) / per}
	if n > 1 && len(sessions)-n > 1 {
		e := math.Sqrt(baseVariance+headVariance) / per
		r.Error = &e
	}
	return r
}

// mean returns the mean and its variance: by the spread between the sessions,
// and no less than the number of samples alone gives, because a few sessions
// may agree by chance. Of a single session the spread is not known.
func mean(sessions []cost) (mean, variance float64) {
	n := float64(len(sessions))
	counting := 0.0
	for _, s := range sessions {
		mean += s.value
		counting += s.variance
	}
	mean /= n
	for _, s := range sessions {
		variance += (s.value - mean) * (s.value - mean) / (n - 1)
	}
	return mean, math.Max(variance/n, counting/(n*n))
}
