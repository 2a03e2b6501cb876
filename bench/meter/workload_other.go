//go:build !linux

package meter

import "time"

// threadTime returns elapsed time, because the platform does not report a thread's.
func threadTime() time.Duration { return time.Since(processStart) }

var processStart = time.Now()
