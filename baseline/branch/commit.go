package branch

import (
	"context"

	"github.com/google/go-github/v62/github"
)

// commit puts a change on top of the branch, and creates the branch where there
// is none. It asks for the change anew whenever another writer was faster, and
// returns the hash of the branch's commit that has it: a change that changes
// nothing makes no commit.
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
		hash, err := b.create(ctx, message, at, entries)
		if err != nil || hash == at.commit {
			return hash, err
		}
		if err = b.move(ctx, at, hash); err == nil {
			return hash, nil
		}
		if err := race.lost(ctx, at, err); err != nil {
			return "", err
		}
	}
}

// create makes a commit of a change to a tip, to which no branch leads yet. It is
// the tip's own if nothing changes, also when that is what an earlier attempt
// did whose answer was lost.
func (b *Branch) create(ctx context.Context, message string, at tip, entries []*github.TreeEntry) (hash string, err error) {
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

// move makes the branch name a new commit, if it still names the tip.
func (b *Branch) move(ctx context.Context, at tip, hash string) error {
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
