package gate

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"

	"github.com/kro/perf-gate/bench"
)

// VerdictFile is the name of the verdict in a run's directory.
const VerdictFile = "verdict.json"

// Encode returns the verdict's JSON form, as docs/verdict.schema.json describes it.
// Equal verdicts have equal bytes. The error is not nil when a figure is not finite.
func (v *Verdict) Encode() ([]byte, error) {
	content, err := json.MarshalIndent(v, "", "  ")
	return append(content, '\n'), err
}

// ReadVerdict decodes what [Verdict.Encode] returned. It is strict: an unknown
// field, or one that contradicts another, is an error of one line in which name
// stands for the file.
func ReadVerdict(data []byte, name string) (*Verdict, error) {
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &version); err != nil || version.Schema == "" {
		return nil, fmt.Errorf("%s: not a verdict of perf-gate: it must be a JSON object with schema %q", name, Schema)
	}
	if version.Schema != Schema {
		return nil, fmt.Errorf("%s: schema %q is not supported: this perf-gate reads %q", name, version.Schema, Schema)
	}
	var v Verdict
	unknown, err := kjson.UnmarshalStrict(data, &v)
	if err == nil && len(unknown) > 0 {
		err = unknown[0]
	}
	if err == nil {
		err = v.check()
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w; write the verdict again with gate analyze", name, err)
	}
	return &v, nil
}

// check returns the first contradiction in a verdict that was decoded.
func (v *Verdict) check() error {
	if !slices.Contains([]Status{Pass, Fail, Undecided, Error}, v.Status) {
		return fmt.Errorf("verdict is %q: want pass, fail, inconclusive or error", v.Status)
	}
	for i, c := range v.Comparisons {
		if err := c.check(); err != nil {
			return fmt.Errorf("comparisons[%d] (%s %s): %w", i, c.Benchmark, c.Metric, err)
		}
	}
	for i, f := range v.Findings {
		if f.Worst < 0 || f.Worst >= len(v.Comparisons) {
			return fmt.Errorf("findings[%d]: worst is %d: there are %s", i, f.Worst, plural(len(v.Comparisons), "comparison"))
		}
	}
	for i, m := range v.Modes {
		if (m.Fast == nil) != (m.FastCI == nil) {
			return fmt.Errorf("modes[%d]: fast and fast-ci need each other", i)
		}
	}
	return v.Policy.Validate()
}

func (c Comparison) check() error {
	if len(c.Course) == 0 || c.Course[len(c.Course)-1].Outcome != c.Outcome {
		return fmt.Errorf("no step of its course gave it the outcome %q", c.Outcome)
	}
	switch c.Outcome {
	case NotComparable:
		return nil
	case Regressed, Improved, Unchanged, Inconclusive:
	default:
		return fmt.Errorf("outcome is %q: want regressed, improved, unchanged, inconclusive or not-comparable", c.Outcome)
	}
	switch {
	case c.Base == nil || c.Head == nil || len(c.BaseValues) == 0 || len(c.HeadValues) == 0:
		return errors.New("base or head has no value, and yet they were compared")
	case c.Class == bench.Exact:
		return nil
	case c.P == nil:
		return errors.New("p is missing")
	case (c.Change() == nil) != (c.CI == nil):
		return errors.New("the change and ci need each other")
	}
	return nil
}

// CheckRun returns an error unless the verdict is on the run as it stands: the builds,
// the sessions and the values must be the same. Otherwise the run went on after the
// decision, or the verdict is on another run.
func (v *Verdict) CheckRun(run *bench.Record) error {
	if !v.Base.Baseline {
		if err := v.checkArm(run, bench.Base, v.Base, func(c Comparison) []float64 { return c.BaseValues }); err != nil {
			return err
		}
	}
	return v.checkArm(run, bench.Head, v.Head, func(c Comparison) []float64 { return c.HeadValues })
}

func (v *Verdict) checkArm(run *bench.Record, name bench.Arm, side Side, values func(Comparison) []float64) error {
	measured, _ := newArm(name, run, sessionsOf{arm: name})
	again, _ := newArm(name, run, sessionsOf{arm: name, confirming: true})
	switch is := newSide(measured, again); {
	case is.Build.Digest != side.Build.Digest:
		return fmt.Errorf("the verdict is on another build as %s (%.12s, the record has %.12s)", name, side.Build.Digest, is.Build.Digest)
	case is.Sessions != side.Sessions || is.Failed != side.Failed || is.Confirming != side.Confirming:
		return fmt.Errorf("the verdict is on %s of %s, the record has %s", side.count(), name, is.count())
	}
	for _, c := range v.Comparisons {
		if IsMean(c.Benchmark) || c.Benchmark == Sessions || c.Scale == Difference { // no benchmark of the record
			continue
		}
		if is, _ := measured.sample(c.Benchmark, c.Metric, c.Class); !slices.Equal(is.values, values(c)) {
			return fmt.Errorf("the verdict is on other values of %s %s in %s than the record has", c.Benchmark, c.Metric, name)
		}
	}
	return nil
}

// count names the sessions of a side.
func (s Side) count() string {
	return fmt.Sprintf("%s (%d failed, %d confirming)", plural(s.Sessions, "session"), s.Failed, s.Confirming)
}
