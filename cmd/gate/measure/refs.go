package measure

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/kro"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
)

// resolve tells what the names of the two KROs mean, and what is meant where none is
// given: the newest release for head; for base the commit in which head left its
// target branch, which may be left empty, or, if head is no git checkout, the release before the newest.
func resolve(ctx context.Context, cfg config.Config, target string, log io.Writer) (map[bench.Arm]kro.Ref, error) {
	base, head := cfg.Base, cfg.Head
	defaultBase, defaultHead := kro.Newest()
	if head == "" {
		head = defaultHead
	}
	headRef, err := kro.Parse(ctx, head)
	if err != nil {
		return nil, refError(ctx, "--head", err)
	}
	if headRef.Kind == kro.Installed && (cfg.Cluster != clusters.Existing || !cfg.HeadOnly()) {
		return nil, exit.Usagef("--head %s: the KRO that runs in a cluster already is measured alone, on --cluster existing", kro.Installed)
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
		base = defaultBase
	}
	baseRef, err := kro.Parse(ctx, base, headRef)
	if err == nil && baseRef.Kind == kro.Installed {
		err = errors.New("the KRO that runs in a cluster already is measured alone, as head")
	}
	if err != nil {
		return nil, refError(ctx, "--base", err)
	}
	return map[bench.Arm]kro.Ref{bench.Base: baseRef, bench.Head: headRef}, nil
}

// refError says which of the names is wrong, unless the run was ended meanwhile.
func refError(ctx context.Context, what string, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s before the measuring began", endedBy(ctx))
	}
	return exit.Usagef("%s: %w", what, err)
}
