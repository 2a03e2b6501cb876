package bench

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Sweep is one piece of work at several sizes.
type Sweep struct {
	// Name is that of its benchmarks, with * as the value of the parameter that is swept:
	// Collection/op=create/items=*.
	Name string `json:"name"`
	// Parameter is the key of that parameter.
	Parameter string `json:"parameter"`
	// Points are its benchmarks, the smallest size first. At least two sizes differ.
	Points []SweepPoint `json:"points"`
}

// A SweepPoint is the benchmark of one size.
type SweepPoint struct {
	Size      float64 `json:"size"` // positive
	Benchmark string  `json:"benchmark"`
}

// Sweeps returns the sweeps of the plan, in the order of their first benchmarks. A
// benchmark that has no other size is not part of one.
func (p Plan) Sweeps() []Sweep {
	var all []Sweep
	index := map[string]int{}
	for _, b := range p.Benchmarks {
		name, size, ok := b.swept()
		if !ok {
			continue
		}
		i, known := index[name]
		if !known {
			i = len(all)
			index[name] = i
			all = append(all, Sweep{Name: name, Parameter: b.Sweep})
		}
		all[i].Points = append(all[i].Points, SweepPoint{size, b.Name})
	}
	for _, s := range all {
		slices.SortStableFunc(s.Points, func(a, b SweepPoint) int { return cmp.Compare(a.Size, b.Size) })
	}
	return slices.DeleteFunc(all, func(s Sweep) bool { return s.Points[0].Size == s.Points[len(s.Points)-1].Size })
}

// swept returns the name of the benchmark's sweep and its size in it. It reports ok as
// false when the benchmark is in none.
func (b Benchmark) swept() (name string, size float64, ok bool) {
	if b.Sweep == "" {
		return "", 0, false
	}
	parts := strings.Split(b.Name, "/")
	for i, part := range parts {
		value, found := strings.CutPrefix(part, b.Sweep+"=")
		if !found {
			continue
		}
		size, err := strconv.ParseFloat(value, 64)
		parts[i] = b.Sweep + "=*"
		return strings.Join(parts, "/"), size, err == nil && size > 0 && !math.IsInf(size, 0)
	}
	return "", 0, false
}
