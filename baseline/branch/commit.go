package branch

import (
	"context"

	"github.com/google/go-github/v62/github"
)

// commit commits a change on top of the branch, which it creates if there is none.
// It asks for the change again whenever another writer was faster. It returns the
// hash of the commit on the branch that has the change. An empty change makes no
// commit.
func (b *Branch) commit(ctx context.Context, message string, change func(at tip) ([]*github.TreeEntry, error)) (hash string, err error) {
	var race race
	for {
		at, err := b.tip(ctx)
		if err != nil {
			return "", err
		}
		entries, err := change(at)
		if err != nil {
			return "", err
		}
		hash, err := b.createCommit(ctx, message, at, entries)
		if err != nil || hash == at.commit {
			return hash, err
		}
		if err = b.moveBranch(ctx, at, hash); err == nil {
			return hash, nil
		}
		if err := race.waitAfterLoss(ctx, at, err); err != nil {
			return "", err
		}
	}
}

// createCommit creates a commit that changes a tip and is on no branch yet. It
// returns the tip's own commit if nothing changes. That is also the case if an
// earlier attempt succeeded and its answer was lost.
func (b *Branch) createCommit(ctx context.Context, message string, at tip, entries []*github.TreeEntry) (hash string, err error) {
	if len(entries) == 0 {
		return at.commit, nil
	}
	tree, _, err := b.client.Git.CreateTree(ctx, b.owner, b.repo, at.tree, entries)
	if err != nil {
		return "", b.explain("write a directory", err)
	}
	if tree.GetSHA() == at.tree {
		return at.commit, nil
	}
	made := &github.Commit{Message: github.String(message), Tree: tree}
	if at.commit != "" {
		made.Parents = []*github.Commit{{SHA: github.String(at.commit)}}
	}
	made, _, err = b.client.Git.CreateCommit(ctx, b.owner, b.repo, made, nil)
	return made.GetSHA(), b.explain("write a commit", err)
}

// moveBranch moves the branch to a new commit, if it is still at the tip.
func (b *Branch) moveBranch(ctx context.Context, at tip, hash string) error {
	ref := &github.Reference{
		Ref:    github.String("refs/heads/" + b.name),
		Object: &github.GitObject{SHA: github.String(hash)},
	}
	if at.commit == "" {
		_, _, err := b.client.Git.CreateRef(ctx, b.owner, b.repo, ref)
		return b.explain("create the branch", err)
	}
	_, _, err := b.client.Git.UpdateRef(ctx, b.owner, b.repo, ref, false)
	return b.explain("move the branch", err)
}
