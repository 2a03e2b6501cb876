package calibrate

import "github.com/kro/perf-gate/gate"

// A Result is the outcome of the trials.
type Result struct {
	Sessions int // per arm and trial
	// Outcomes are those without a change. Suites is the number of red trials in which a
	// comparison of a suite regressed.
	Outcomes
	Suites map[string]int
	// Alarms counts the comparisons that regressed without a change, by benchmark and
	// metric.
	Alarms map[string]int
	// Suspects counts the comparisons that left trials undecided, by benchmark and metric.
	Suspects map[string]int
	// Found are the outcomes with each change, in the order of the options.
	Found []Detection
}

// Outcomes count how trials ended.
type Outcomes struct {
	Trials    int
	Red       int // a gated comparison regressed
	Undecided int // none did, but one may have
}

// A Detection counts how trials with a change ended.
type Detection struct {
	Change Change
	Outcomes
	// Found counts the trials in which a comparison regressed that has the change,
	// alone or in the mean.
	Found int
	// Metrics counts the gated comparisons of single benchmarks that have the change, by
	// what is compared, and Means those of the means over all benchmarks.
	Metrics, Means map[string]Share
}

// A Share is a number of hits out of all cases.
type Share struct {
	Hits int
	Of   int
}

// All returns the sum over the metrics of a detection.
func (d Detection) All() Share {
	var all Share
	for _, s := range d.Metrics {
		all.add(s)
	}
	return all
}

func newResult(o Options) *Result {
	r := &Result{Sessions: o.Sessions, Suites: map[string]int{}, Alarms: map[string]int{}, Suspects: map[string]int{}}
	for _, change := range o.Changes {
		r.Found = append(r.Found, Detection{Change: change, Metrics: map[string]Share{}, Means: map[string]Share{}})
	}
	return r
}

func newOutcomes(v *gate.Verdict) Outcomes {
	o := Outcomes{Trials: 1}
	switch v.Status {
	case gate.Fail:
		o.Red++
	case gate.Undecided:
		o.Undecided++
	}
	return o
}

// add adds the result of other trials.
func (r *Result) add(other *Result) {
	r.Outcomes.add(other.Outcomes)
	addAll(r.Suites, other.Suites)
	addAll(r.Alarms, other.Alarms)
	addAll(r.Suspects, other.Suspects)
	for i, d := range other.Found {
		r.Found[i].add(d.Outcomes)
		r.Found[i].Found += d.Found
		addShares(r.Found[i].Metrics, d.Metrics)
		addShares(r.Found[i].Means, d.Means)
	}
}

func (o *Outcomes) add(other Outcomes) {
	o.Trials += other.Trials
	o.Red += other.Red
	o.Undecided += other.Undecided
}

func (s *Share) add(other Share) {
	s.Hits += other.Hits
	s.Of += other.Of
}

func addShares(sum, other map[string]Share) {
	for key, s := range other {
		s.add(sum[key])
		sum[key] = s
	}
}

func addAll(sum, other map[string]int) {
	for key, n := range other {
		sum[key] += n
	}
}
