package github

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A Run is the workflow run that a result comes from. For a workflow_run event,
// it is the run that measured.
type Run struct {
	ID      int64 // GITHUB_RUN_ID; later runs have larger ones
	Attempt int   // GITHUB_RUN_ATTEMPT, from 1
	Head    string
}

// newer reports whether a run came after another.
func (r Run) newer(than Run) bool {
	return cmp.Or(cmp.Compare(r.ID, than.ID), cmp.Compare(r.Attempt, than.Attempt)) > 0
}

func (r Run) same(as Run) bool { return r.ID == as.ID && r.Attempt == as.Attempt }

// A marker is the first line of a comment, which GitHub does not show. It holds
// the key and the run of the result.
type marker struct {
	key string
	run Run
}

var (
	validKey    = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,49}$`)
	validCommit = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)
	markerLine  = regexp.MustCompile(`^<!-- perf-gate key=([a-z0-9-]{1,50}) run=([0-9]{1,19}) attempt=([0-9]{1,9}) head=([0-9a-f]{40,64}) -->$`)
)

func (m marker) String() string {
	return fmt.Sprintf("<!-- perf-gate key=%s run=%d attempt=%d head=%s -->", m.key, m.run.ID, m.run.Attempt, m.run.Head)
}

// readMarker returns the marker of a comment. GitHub's web editor ends lines with
// CRLF.
func readMarker(body string) (marker, bool) {
	line, _, _ := strings.Cut(body, "\n")
	fields := markerLine.FindStringSubmatch(strings.TrimSuffix(line, "\r"))
	if fields == nil {
		return marker{}, false
	}
	id, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil {
		return marker{}, false
	}
	attempt, err := strconv.Atoi(fields[3])
	if err != nil {
		return marker{}, false
	}
	return marker{fields[1], Run{id, attempt, fields[4]}}, true
}

// check returns an error if the marker could not be read back.
func (m marker) check() error {
	switch {
	case !validKey.MatchString(m.key):
		return fmt.Errorf("%q cannot be the key of a comment: use lower-case letters, digits and -, at most 50", m.key)
	case m.run.ID < 1 || m.run.Attempt < 1 || m.run.Attempt > 999_999_999:
		return fmt.Errorf("run %d, attempt %d: both must be at least 1", m.run.ID, m.run.Attempt)
	case !validCommit.MatchString(m.run.Head):
		return fmt.Errorf("%q is not a commit: use the full hash", m.run.Head)
	}
	return nil
}
