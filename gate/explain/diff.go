package explain

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/google/pprof/profile"
)

// A Type is the type of a pprof profile's values, by its name in pprof.
type Type string

const (
	CPU          Type = "cpu"           // seconds
	AllocObjects Type = "alloc_objects" // heap objects
	AllocSpace   Type = "alloc_space"   // bytes
)

// types lists the types that are compared, with their unit in pprof and how many
// of it make one of ours.
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
	// MinSessions is how many sessions of each arm it takes to distinguish a change
	// from noise.
	MinSessions = 3
	// Errors is how many standard errors a change must exceed, or it is noise.
	Errors = 2
	// maxRows limits a table. Changes below least, as a part of the largest change,
	// are left out.
	maxRows = 10
	least   = 0.01
)

// A Diff compares the cost of one session in base and head, in one type.
type Diff struct {
	Type                       Type
	BaseSessions, HeadSessions int
	// Samples is the number of samples in all sessions. Only CPU profiles have it.
	Samples int64
	// Period is the distance between samples: nanoseconds of CPU time, or bytes
	// allocated.
	Period int64
	Total  Row
	Own    View // by KRO's own functions
	Flat   View // by the innermost functions
}

// Judged reports whether there are enough sessions to leave out noise.
func (d Diff) Judged() bool { return min(d.BaseSessions, d.HeadSessions) >= MinSessions }

// A View splits the total by functions.
type View struct {
	// Rows are the largest changes, the largest first.
	Rows []Row
	// Within is the number of functions with a change that is noise. Smaller is the
	// number of functions with a change beyond the noise, but too small for Rows:
	// there are at most ten rows, each with at least a hundredth of the largest
	// change.
	Within, Smaller int
}

// A Row is the mean cost of one function per session.
type Row struct {
	Function           string
	Base, Head, Change float64
	// Error is the standard error of Change. It is nil if an arm has one session.
	Error *float64
	// Share is the part of the total's change. It is nil if the total's change is
	// noise.
	Share *float64
}

// Compare compares pprof profiles of one kind, one per session, in every type that
// all of them have. It returns nil if base or head has no profiles.
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

// seen returns how often the profiler saw the stack, or 0 if that is not known. A
// CPU profile has the number. In a heap profile, it is the allocated bytes divided
// by the distance between samples.
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

// A cost is the cost of a function in a session, in pprof's unit. Its values are
// whole numbers, so that equal costs have equal means.
type cost struct {
	value float64
	// variance follows from the number of samples behind the value (Poisson).
	variance float64
}

// costs holds the cost of each function in each session. A function without
// samples in a session has the cost 0 there. The function "" has a cost in every
// session.
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

// within reports whether a change may be noise.
func (d Diff) within(r Row) bool {
	return d.Judged() && math.Abs(r.Change) <= Errors*(*r.Error)
}

// newRow compares the first n sessions, which are base's, with the others, which
// are head's. Per of pprof's unit make one of ours.
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

// mean returns the mean and its variance. The variance is that between the
// sessions, but at least the one that follows from the number of samples, because
// a few sessions may agree by chance. It is not a number for a single session.
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
