package bench

import (
	"errors"
	"fmt"
	"strings"
)

// An Acceptance records that someone with write access accepted a regression. The
// record of the commit that brought the regression holds it.
type Acceptance struct {
	Metric string `json:"metric,omitempty"` // the only metric whose regressions are accepted; empty for all
	By     string `json:"by"`
	Reason string `json:"reason"`        // one line, as it was written: escape it before showing it
	URL    string `json:"url,omitempty"` // the comment that accepted it
}

// Of reports whether the acceptance covers regressions of the metric.
func (a Acceptance) Of(metric string) bool { return a.Metric == "" || a.Metric == metric }

// String returns the acceptance in one line.
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
		return errors.New("accepted has an entry without by: name who accepted the regression")
	case a.Reason == "" || strings.ContainsAny(a.Reason, "\r\n"):
		return errors.New("accepted has an entry whose reason is not one line")
	}
	return nil
}
