package branch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

const (
	firstWait = 500 * time.Millisecond // at most, before the second attempt
	mostWait  = time.Minute            // at most, before any later one

	// maxFaults is how often in a row GitHub may fail.
	maxFaults = 6
	// maxOvertaken is how often other writers may be faster. Fifty at once need
	// less than half of it.
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
		tries := 0
		var atLeast time.Duration
		_, lost := errors.AsType[*overtakenError](err)
		request, failed := errors.AsType[*requestError](err)
		switch {
		case lost:
			if overtaken++; overtaken == maxOvertaken {
				return fmt.Errorf("%w: other writers were faster %d times", err, overtaken)
			}
			faults, tries = 0, overtaken
		case failed && request.again:
			if faults++; faults == maxFaults {
				return fmt.Errorf("%w: tried %d times", err, faults)
			}
			tries, atLeast = faults, request.after
		default:
			return err
		}
		wait := atLeast + rand.N(min(firstWait<<min(tries-1, 10), mostWait))
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
