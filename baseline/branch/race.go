package branch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/kro/perf-gate/report/github/githubapi"
)

const (
	// firstWait is the first wait after a lost race, at most; each further one is
	// up to twice as long. It is long: who tries again too soon only loses again,
	// and each attempt costs some eight of the 1000 requests that a workflow's
	// token has in an hour.
	firstWait = 8 * time.Second
	mostWait  = 2 * time.Minute

	// maxLost is how often other writers may be faster. Fifty at once take about
	// four attempts each.
	maxLost = 40
	// maxRefused is how often in a row the branch may be refused to move from the
	// same tip: more than once, since GitHub may for a while still answer with the
	// tip that another writer replaced.
	maxRefused = 5
)

// A race for the branch tells a writer that was overtaken from one that may not
// write, since GitHub gives the same status to both: the first finds the branch
// moved.
type race struct {
	losses  int
	at      tip
	refused int // times in a row, at that tip
}

// lost waits for the next attempt after the branch refused to move from a tip,
// or returns why there is none. The waits are random, so that writers which met
// once do not meet again, and grow, so that any number of them finds a time.
func (r *race) lost(ctx context.Context, at tip, err error) error {
	if !isStatus(err, http.StatusConflict) && !isStatus(err, http.StatusUnprocessableEntity) {
		return err
	}
	if at != r.at {
		r.at, r.refused = at, 0
	}
	r.refused++
	r.losses++
	switch {
	case r.refused == maxRefused:
		return err
	case r.losses == maxLost:
		return fmt.Errorf("%w: other writers were faster %d times", err, r.losses)
	}
	wait := rand.N(min(firstWait<<min(r.losses-1, 10), mostWait))
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
		return fmt.Errorf("%w: no time is left to try again", err)
	}
	if ended := githubapi.Sleep(ctx, wait); ended != nil {
		return fmt.Errorf("%w: %w", err, ended)
	}
	return nil
}
