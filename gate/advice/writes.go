package advice

// writes finds reconciles that have nothing to do but still write: all requests
// of a no-op except those that read. They must be at least a quarter of all
// requests.
func writes(r run) []Recommendation {
	return r.repeated(repetition{
		what:  "Unnecessary writes: a reconcile that has nothing to do still writes.",
		do:    "Skip writes that change nothing: compare with the object that was read, or remember the one that was applied last.",
		extra: "of these, writes",
		needed: func(op, verb, _ string, _ float64) (float64, bool) {
			return 0, op == "noop" && verb != "get" && verb != "list" && verb != "watch"
		},
		ofAll: 0.25,
	})
}
