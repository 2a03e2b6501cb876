package bench

import (
	"errors"
	"fmt"
	"strings"
)

// An Acceptance is the word of someone who may say so that a change for the
// worse was wanted. It stands in the record of the commit that brought it.
type Acceptance struct {
	Metric string `json:"metric,omitempty"` // the only one that is meant; empty for all
	By     string `json:"by"`
	Reason string `json:"reason"`        // one line, as it was written: escape it where it is shown
	URL    string `json:"url,omitempty"` // where it was said
}

// Of tells whether the acceptance is of regressions of the metric.
func (a Acceptance) Of(metric string) bool { return a.Metric == "" || a.Metric == metric }

// String says it in one line.
func (a Acceptance) String() string {
	of := "the regressions"
	if a.Metric != "" {
		of = "regressions of " + a.Metric
	}
	return fmt.Sprintf("%s accepted %s: %s", a.By, of, a.Reason)
}

func (a Acceptance) check() error {
	switch {
	case a.By == "":
		return errors.New("accepted has an entry without by: want who accepted")
	case a.Reason == "" || strings.ContainsAny(a.Reason, "\r\n"):
		return errors.New("accepted has an entry whose reason is not one line")
	}
	return nil
}
