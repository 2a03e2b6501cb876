//go:build !linux

package meter

import "time"

// threadTime is the time that passes: the platform does not tell a thread's.
func threadTime() time.Duration { return time.Since(processStart) }

var processStart = time.Now()
