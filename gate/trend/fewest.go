package trend

// Fewest returns the least number of values in which a change can be found. With
// fewer, even the clearest change cannot be distinguished from chance. It returns
// 0 if no number is enough, because [Options.Alpha] is too small for a search.
func Fewest(o Options) int {
	o = o.withDefaults()
	if o.Alpha*(most+1) < 1 {
		return 0
	}
	var clearest []float64 // sorted: in no other order do two parts differ more
	for n := 1; ; n++ {
		clearest = append(clearest, float64(n))
		if _, p := split(clearest, o.MinSegment, o.Alpha); p <= o.Alpha {
			return n
		}
	}
}
