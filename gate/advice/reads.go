package advice

// reads finds operations that read the same objects repeatedly: reads of an
// instance and of its resources after the first of each. One list is a first read
// of all resources. The repeated reads must be at least half of these reads and a
// quarter of all requests.
func reads(r run) []Recommendation {
	return r.repeated(repetition{
		what:  "Repeated reads: an operation reads the same objects several times.",
		do:    "Read an object once and pass it on, or read from the cache that the watch fills. Fewer reconciles also help, because each reads everything again.",
		extra: "of these, repeated reads",
		needed: func(_, verb, resource string, n float64) (float64, bool) {
			if verb == "get" && resource == "configmaps" {
				return n, true
			}
			return 1, (verb == "get" || verb == "list") && (resource == "configmaps" || resource == "instances")
		},
		ofLooked: 0.5, ofAll: 0.25,
	})
}
