package branch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	// The first wait, at most; each further one is up to twice as long. It is
	// long after a lost race: who tries again too soon only loses again, and
	// each attempt costs some eight of the 1000 requests that a workflow's token
	// has in an hour.
	faultWait     = 500 * time.Millisecond
	overtakenWait = 8 * time.Second
	mostWait      = 2 * time.Minute

	// maxFaults is how often in a row GitHub may fail.
	maxFaults = 6
	// maxOvertaken is how often other writers may be faster. Fifty at once take
	// about four attempts each.
	maxOvertaken = 40
)

// retry repeats an attempt that GitHub failed at, or that another writer was
// faster than, until it succeeds, may not be repeated or ctx ends. The waits are
// random, so that writers which met once do not meet again, and grow, so that
// any number of them finds a time.
func retry(ctx context.Context, attempt func() error) error {
	faults, overtaken := 0, 0
	for {
		err := attempt()
		if err == nil {
			return nil
		}
		var wait time.Duration
		_, lost := errors.AsType[*overtakenError](err)
		request, failed := errors.AsType[*requestError](err)
		switch {
		case lost:
			faults = 0
			if overtaken++; overtaken == maxOvertaken {
				return fmt.Errorf("%w: other writers were faster %d times", err, overtaken)
			}
			wait = jitter(overtakenWait, overtaken)
		case failed && request.again:
			if faults++; faults == maxFaults {
				return fmt.Errorf("%w: tried %d times", err, faults)
			}
			wait = request.after + jitter(faultWait, faults)
		default:
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait {
			return fmt.Errorf("%w: no time is left to try again", err)
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

// jitter is the wait after the given number of failures, from 1.
func jitter(first time.Duration, failures int) time.Duration {
	return rand.N(min(first<<min(failures-1, 10), mostWait))
}
