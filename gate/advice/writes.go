package advice

// writes finds reconciles that find nothing to do and write all the same: every
// request of a no-op but those that read. It speaks from a quarter of all
// requests on.
func writes(r run) []Recommendation {
	return r.repeated(repetition{
		what:  "Requests repeat: a reconcile that finds nothing to do writes all the same.",
		do:    "Compare with what was read before writing, or remember what was applied last, and leave out writes that change nothing.",
		extra: "of them writes",
		needed: func(op, verb, _ string, _ float64) (float64, bool) {
			return 0, op == "noop" && verb != "get" && verb != "list" && verb != "watch"
		},
		share: 0.25,
	})
}
