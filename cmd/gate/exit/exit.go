// Package exit holds the exit codes of the program, and errors that carry them.
package exit

import (
	"errors"
	"fmt"

	"github.com/kro/perf-gate/gate"
)

// Exit codes. Scripts and CI rely on them.
const (
	Pass  = 0 // no gated regression
	Fail  = 1 // a gated regression
	Usage = 2 // wrong usage or configuration
	Error = 3 // could not measure, or could not decide and the policy fails such a run
)

// A codedError ends the program with its code. Without an inner error the program
// prints nothing, because the report gives the reason.
type codedError struct {
	code int
	err  error
}

func (e *codedError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit %d", e.code)
	}
	return e.err.Error()
}

func (e *codedError) Unwrap() error { return e.err }

// UsageError marks err as a mistake of the user. It returns nil for nil.
func UsageError(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{Usage, err}
}

// Usagef formats an error that reports a mistake of the user.
func Usagef(format string, args ...any) error {
	return UsageError(fmt.Errorf(format, args...))
}

// VerdictError returns an error that carries the verdict's exit code. It returns
// nil if the verdict lets the change pass.
func VerdictError(v *gate.Verdict) error {
	switch {
	case v.Status == gate.Pass, v.Status == gate.Undecided && !v.Policy.FailOnInconclusive:
		return nil
	case v.Status == gate.Fail:
		return &codedError{code: Fail}
	default:
		return &codedError{code: Error}
	}
}

// Code returns the exit code of err. It is Error for an error that carries none.
func Code(err error) int {
	if err == nil {
		return Pass
	}
	if coded, ok := errors.AsType[*codedError](err); ok {
		return coded.code
	}
	return Error
}

// Silent reports whether there is nothing to print for err: it is nil, or it carries
// only an exit code and the report gives the reason.
func Silent(err error) bool {
	if err == nil {
		return true
	}
	coded, ok := errors.AsType[*codedError](err)
	return ok && coded.err == nil
}
