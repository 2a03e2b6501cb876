package kro

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/semver"
)

// Known are the releases that this version of perf-gate was tested with, oldest first.
var Known = []string{"v0.9.0", "v0.9.1", "v0.9.2", "v0.9.3", "v0.9.4"}

// listing limits how long [Releases] waits for an answer.
const listing = 10 * time.Second

// Releases returns the releases that the user's Go module proxy has, oldest first, and
// at least two of them.
func Releases(ctx context.Context) ([]string, error) {
	limited, cancel := context.WithTimeoutCause(ctx, listing, fmt.Errorf("no answer within %s", listing))
	defer cancel()
	// In the root directory, no checkout decides what the module is.
	out, err := goCommand(limited, "/", "list", "-m", "-e", "-versions", "-json", Module)
	if limited.Err() != nil {
		return nil, context.Cause(limited)
	}
	if err != nil {
		return nil, err
	}
	var module struct {
		Versions []string
		Error    *struct{ Err string }
	}
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, err
	}
	if module.Error != nil {
		why, _, _ := strings.Cut(module.Error.Err, "\n")
		return nil, errors.New(why)
	}
	// A pseudo-version is a pre-release too.
	releases := slices.DeleteFunc(module.Versions, func(v string) bool { return semver.Prerelease(v) != "" })
	if len(releases) < 2 {
		return nil, fmt.Errorf("it lists %d, want two", len(releases))
	}
	semver.Sort(releases)
	return releases, nil
}
