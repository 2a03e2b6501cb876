package advice

// reads finds operations that read the same objects again and again: reads of
// an instance and of its resources beyond the first of each, where one list
// covers all resources. It speaks from half of these reads and a quarter of all
// requests on.
func reads(r run) []Recommendation {
	return r.repeated(repetition{
		what:  "Requests repeat: an operation reads the same objects several times.",
		do:    "Read once and pass it on, or read from the cache that the watch fills; or save reconciles, each of which reads everything anew.",
		extra: "of them reads of what it has read before",
		needed: func(_, verb, resource string, n float64) (float64, bool) {
			if verb == "get" && resource == "configmaps" {
				return n, true
			}
			return 1, (verb == "get" || verb == "list") && (resource == "configmaps" || resource == "instances")
		},
		most: 0.5, share: 0.25,
	})
}
