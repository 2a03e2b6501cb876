package measure

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// resolve returns the KROs that cfg names. By default, head is the newest release. Base
// is then the commit where head left its target branch or, if head is not a git
// checkout, the release before the newest. An empty target is the default branch.
func resolve(ctx context.Context, cfg config.Config, target string, log io.Writer) (map[bench.Arm]kro.Ref, error) {
	parse := kro.Parse
	if slices.ContainsFunc(cfg.Suites, isGo) {
		parse = kro.ParseSource
	}
	base, head := cfg.Base, cfg.Head
	newest := sync.OnceValues(func() (base, head string) { return newestReleases(ctx, log) })
	if head == "" {
		_, head = newest()
	}
	headRef, err := parse(ctx, head)
	if err != nil {
		return nil, refError(ctx, "--head", err)
	}
	if headRef.Kind == kro.Installed && (cfg.Cluster != clusters.Existing || !cfg.HeadOnly()) {
		return nil, exit.Usagef("--head %s: a KRO that already runs in a cluster can only be measured alone, with --cluster existing", kro.Installed)
	}
	if headRef.Kind == kro.Installed && len(cfg.Controller.Flags()) > 0 {
		return nil, exit.Usagef("--head %s: a KRO that already runs in a cluster has its own flags; leave out controller", kro.Installed)
	}
	if cfg.HeadOnly() {
		return map[bench.Arm]kro.Ref{bench.Head: headRef}, nil
	}
	if base == "" && headRef.IsCheckout() {
		baseRef, branch, err := kro.MergeBase(ctx, headRef, target)
		if err != nil {
			return nil, refError(ctx, "no --base is given, and it cannot be found", err)
		}
		fmt.Fprintf(log, "base is %s, where %s left %s\n", baseRef.Name, head, branch)
		return map[bench.Arm]kro.Ref{bench.Base: baseRef, bench.Head: headRef}, nil
	}
	if base == "" {
		base, _ = newest()
	}
	baseRef, err := parse(ctx, base, headRef)
	if err == nil && baseRef.Kind == kro.Installed {
		err = errors.New("a KRO that already runs in a cluster can only be measured alone, as head")
	}
	if err != nil {
		return nil, refError(ctx, "--base", err)
	}
	return map[bench.Arm]kro.Ref{bench.Base: baseRef, bench.Head: headRef}, nil
}

// newestReleases returns the two newest releases of KRO.
func newestReleases(ctx context.Context, log io.Writer) (base, head string) {
	releases, err := kro.Releases(ctx)
	if err != nil {
		releases = kro.Known
		fmt.Fprintf(log, "the newest releases of KRO are those that gate knows, because the Go module proxy lists none: %v\n", err)
	}
	return releases[len(releases)-2], releases[len(releases)-1]
}

// refError names the flag with the wrong value, unless the run was interrupted.
func refError(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s before the first session", endedBy(ctx))
	}
	return exit.Usagef("%s: %w", what, err)
}
