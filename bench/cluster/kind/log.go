package kind

import (
	"fmt"
	"io"
	"sync"

	"sigs.k8s.io/kind/pkg/log"
)

// A logger writes kind's messages to a file. Errors show the end of that file.
type logger struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *logger) write(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintf(l.w, format+"\n", args...)
}

func (l *logger) Warn(message string)               { l.write("%s", message) }
func (l *logger) Warnf(format string, args ...any)  { l.write(format, args...) }
func (l *logger) Error(message string)              { l.write("%s", message) }
func (l *logger) Errorf(format string, args ...any) { l.write(format, args...) }
func (l *logger) Info(message string)               { l.write("%s", message) }
func (l *logger) Infof(format string, args ...any)  { l.write(format, args...) }
func (l *logger) Enabled() bool                     { return true }

// maxLevel is the level of kind's own messages. The output of commands is above it.
const maxLevel = 1

// V implements [log.Logger].
func (l *logger) V(level log.Level) log.InfoLogger {
	if level > maxLevel {
		return log.NoopInfoLogger{}
	}
	return l
}
