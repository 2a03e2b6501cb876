package main

import (
	"errors"
	"fmt"

	"github.com/kro/perf-gate/gate"
)

// The exit codes, on which scripts and CI rely.
const (
	exitPass  = 0 // no gated regression
	exitFail  = 1 // a gated regression
	exitUsage = 2 // wrong usage or configuration
	exitError = 3 // could not measure; or could not decide, and the policy says that this fails
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

// usageError marks an error as the caller's to correct; nil stays nil.
func usageError(err error) error {
	if err == nil {
		return nil
	}
	return &codedError{exitUsage, err}
}

func usageErrorf(format string, args ...any) error {
	return usageError(fmt.Errorf(format, args...))
}

// exitCode returns the code that err stands for. Errors without one of their
// own are failures to do the work.
func exitCode(err error) int {
	if err == nil {
		return exitPass
	}
	if coded, ok := errors.AsType[*codedError](err); ok {
		return coded.code
	}
	return exitError
}

// verdictError turns a verdict into the error that ends the program with the
// verdict's exit code: nil when the verdict lets the change pass.
func verdictError(v *gate.Verdict) error {
	switch {
	case v.Status == gate.Pass, v.Status == gate.Undecided && !v.Policy.FailOnInconclusive:
		return nil
	case v.Status == gate.Fail:
		return &codedError{code: exitFail}
	default:
		return &codedError{code: exitError}
	}
}
