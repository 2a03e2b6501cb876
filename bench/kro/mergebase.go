package kro

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// IsCheckout tells whether a KRO was named as a commit, or as a source tree that
// is a git checkout. A tree that merely lies in the checkout of something else
// is none.
func (r Ref) IsCheckout() bool {
	if r.Kind == Source {
		_, err := os.Lstat(filepath.Join(r.Path, ".git"))
		return err == nil
	}
	return r.Kind == Git
}

// MergeBase returns the commit in which head, a checkout, left the branch that
// it is to be merged into, and this branch's name. It is the branch given of the
// remote upstream if there is one, else of origin; without a branch given, the
// remote's default branch. Without these remotes it is the local main or master.
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
	if _, err := findCommit(ctx, head.Path, found); err != nil {
		return Ref{}, "", err
	}
	return Ref{Kind: Git, Name: name, Path: head.Path, Commit: found}, short(into), nil
}

// target returns the branch that the checkout is to be merged into, in full.
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
		missing = fmt.Errorf("%s does not know the branch %s of the remote %s: git fetch %[3]s, or fetch-depth: 0 of actions/checkout", dir, strings.Join(names, " or "), remote)
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
		return fmt.Errorf("%s is a shallow clone, which does not reach back to where head left %s: git fetch --unshallow, or fetch-depth: 0 of actions/checkout", head.Path, short(into))
	}
	return fmt.Errorf("head and %s of %s have no commit in common", short(into), head.Path)
}

func short(branch string) string {
	return strings.TrimPrefix(strings.TrimPrefix(branch, "refs/heads/"), "refs/remotes/")
}
