// Package exit holds the exit codes of the program, and errors that carry them.
package exit

import (
	"errors"
	"fmt"

	"github.com/kro/perf-gate/gate"
)

// The exit codes, on which scripts and CI rely.
const (
	Pass  = 0 // no gated regression
	Fail  = 1 // a gated regression
	Usage = 2 // wrong usage or configuration
	Error = 3 // could not measure; or could not decide, and the policy says that this fails
)

// A codedError ends the program with its code. Without an inner error there is
// nothing left to say: the report has said it.
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

// UsageError marks an error as the caller's to correct; nil stays nil.
func UsageError(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{Usage, err}
}

// Usagef returns an error that is the caller's to correct.
func Usagef(format string, args ...any) error {
	return UsageError(fmt.Errorf(format, args...))
}

// VerdictError returns the error that ends the program with the verdict's exit
// code: nil when the verdict lets the change pass.
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

// Code returns the exit code of err. An error that carries none is a failure to
// do the work.
func Code(err error) int {
	if err == nil {
		return Pass
	}
	if coded, ok := errors.AsType[*codedError](err); ok {
		return coded.code
	}
	return Error
}

// Silent reports whether err has nothing to print: it is nil, or an exit code
// whose reason is in the report.
func Silent(err error) bool {
	if err == nil {
		return true
	}
	coded, ok := errors.AsType[*codedError](err)
	return ok && coded.err == nil
}
