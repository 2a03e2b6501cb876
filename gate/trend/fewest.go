package trend

// Fewest returns how many values it takes for a change to be found at all: of
// fewer, even the clearest can be told from chance in none. It is 0 where no
// number does, because [Options.Alpha] is below what a search can show.
func Fewest(o Options) int {
	o = o.withDefaults()
	if o.Alpha*(most+1) < 1 {
		return 0
	}
	var clearest []float64 // sorted: no other order has parts that differ more
	for n := 1; ; n++ {
		clearest = append(clearest, float64(n))
		if _, p := split(clearest, o.MinSegment, o.Alpha); p <= o.Alpha {
			return n
		}
	}
}
