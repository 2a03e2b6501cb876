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
	// firstWait is the longest first wait after a lost race. The limit doubles with
	// each further wait. It is long because a writer that retries too soon loses
	// again, and each attempt costs about eight of the 1000 requests per hour that
	// a workflow's token has.
	firstWait = 8 * time.Second
	mostWait  = 2 * time.Minute

	// maxLost is how often other writers may be faster. Fifty writers at once need
	// about four attempts each.
	maxLost = 40
	// maxRefused is how often in a row GitHub may refuse to move the branch from the
	// same tip. It is more than one, because GitHub may return an old tip for a
	// while.
	maxRefused = 5
)

// A race distinguishes a writer that lost to another writer from one that may not
// write. GitHub gives both the same status, but the first finds the branch moved.
type race struct {
	losses  int
	at      tip
	refused int // times in a row, at that tip
}

// waitAfterLoss waits before the next attempt, after GitHub refused to move the
// branch from a tip. It returns an error if there is no next attempt. The waits
// are random, so that writers that collided do not collide again. They grow, so
// that any number of writers succeeds.
func (r *race) waitAfterLoss(ctx context.Context, at tip, err error) error {
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
		return fmt.Errorf("%w: there is no time to try again", err)
	}
	if ended := githubapi.Sleep(ctx, wait); ended != nil {
		return fmt.Errorf("%w: %w", err, ended)
	}
	return nil
}
