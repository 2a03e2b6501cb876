package kro

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// IsCheckout reports whether r is a commit, or a source tree that is a git checkout. A
// tree inside the checkout of something else is not a checkout.
func (r Ref) IsCheckout() bool {
	if r.Kind == Source {
		_, err := os.Lstat(filepath.Join(r.Path, ".git"))
		return err == nil
	}
	return r.Kind == Git
}

// MergeBase returns the commit where head, a checkout, left the branch that it will be
// merged into, and the name of that branch. The branch is the given one, or else the
// default branch, of the remote upstream, or else of origin. Without these remotes it
// is the given local branch, or else main or master.
func MergeBase(ctx context.Context, head Ref, branch string) (base Ref, into string, err error) {
	commit := head.Commit
	if commit == "" {
		commit = "HEAD"
	}
	if into, err = target(ctx, head.Path, branch); err != nil {
		return Ref{}, "", err
	}
	found, err := git(ctx, head.Path, "merge-base", commit, into)
	if saidNo(err) {
		return Ref{}, "", noMergeBase(ctx, head, into)
	}
	if err != nil {
		return Ref{}, "", err
	}
	name := gitPrefix + found
	_, module, err := findCommit(ctx, head.Path, found, cmp.Or(head.Module, Module))
	if err != nil {
		return Ref{}, "", err
	}
	return Ref{Kind: Git, Name: name, Path: head.Path, Commit: found, Module: module}, short(into), nil
}

// target returns the full name of the branch that the checkout will be merged into.
func target(ctx context.Context, dir, branch string) (string, error) {
	remotes, err := git(ctx, dir, "remote")
	if err != nil {
		return "", err
	}
	names := []string{"main", "master"}
	if branch != "" {
		names = []string{branch}
	}
	prefix, candidates := "refs/heads/", names
	missing := fmt.Errorf("%s has no branch %s", dir, strings.Join(names, " or "))
	for _, remote := range []string{"upstream", "origin"} {
		if !slices.Contains(strings.Fields(remotes), remote) {
			continue
		}
		prefix = "refs/remotes/" + remote + "/"
		if branch == "" {
			candidates = append([]string{"HEAD"}, names...) // a symbolic ref, which a clone has
		}
		missing = fmt.Errorf("%s does not have the branch %s of the remote %s: run git fetch %[3]s, or set fetch-depth: 0 for actions/checkout", dir, strings.Join(names, " or "), remote)
		break
	}
	for _, name := range candidates {
		full, err := git(ctx, dir, "rev-parse", "--verify", "--quiet", "--symbolic-full-name", prefix+name)
		if err == nil {
			return full, nil
		}
		if !saidNo(err) {
			return "", err
		}
	}
	return "", missing
}

// noMergeBase says why there is no merge base.
func noMergeBase(ctx context.Context, head Ref, into string) error {
	shallow, err := git(ctx, head.Path, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return err
	}
	if shallow == "true" {
		return fmt.Errorf("%s is a shallow clone without the commit where head left %s: run git fetch --unshallow, or set fetch-depth: 0 for actions/checkout", head.Path, short(into))
	}
	return fmt.Errorf("head and %s of %s have no commit in common", short(into), head.Path)
}

func short(branch string) string {
	return strings.TrimPrefix(strings.TrimPrefix(branch, "refs/heads/"), "refs/remotes/")
}
