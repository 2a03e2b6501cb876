package branch

import (
	"context"
	"encoding/base64"
	"net/http"

	"github.com/google/go-github/v62/github"
)

// commit puts a change on top of the branch, and creates the branch where there
// is none. It asks for the change anew whenever another writer was faster, and
// returns the hash of the branch's commit that has it: a change that changes
// nothing makes no commit.
func (b *Branch) commit(ctx context.Context, message string, change func(at tip) ([]*github.TreeEntry, error)) (hash string, err error) {
	var refused patience
	err = retry(ctx, func() error {
		at, err := b.tip(ctx)
		if err != nil {
			return err
		}
		entries, err := change(at)
		if err != nil {
			return err
		}
		if len(entries) == 0 {
			hash = at.commit
			return nil
		}
		tree, _, err := b.client.Git.CreateTree(ctx, b.owner, b.repo, at.tree, entries)
		if err != nil {
			return b.explain("write a directory", writing, err)
		}
		if tree.GetSHA() == at.tree {
			// Also so when the answer to an earlier attempt was lost.
			hash = at.commit
			return nil
		}
		made := &github.Commit{Message: github.String(message), Tree: tree}
		if at.commit != "" {
			made.Parents = []*github.Commit{{SHA: github.String(at.commit)}}
		}
		made, _, err = b.client.Git.CreateCommit(ctx, b.owner, b.repo, made, nil)
		if err != nil {
			return b.explain("write a commit", writing, err)
		}
		hash = made.GetSHA()
		return refused.judge(at, b.move(ctx, at, hash))
	})
	if err != nil {
		return "", err
	}
	return hash, nil
}

// move makes the branch name a new commit, if it still names the tip.
func (b *Branch) move(ctx context.Context, at tip, hash string) error {
	ref := &github.Reference{
		Ref:    github.String("refs/heads/" + b.name),
		Object: &github.GitObject{SHA: github.String(hash)},
	}
	if at.commit == "" {
		_, _, err := b.client.Git.CreateRef(ctx, b.owner, b.repo, ref)
		return b.explain("create the branch", writing, err)
	}
	_, _, err := b.client.Git.UpdateRef(ctx, b.owner, b.repo, ref, false)
	return b.explain("move the branch", writing, err)
}

// patience tells a writer that was overtaken from one that may not write, since
// GitHub gives the same status to both: the first finds the branch moved.
type patience struct {
	at      tip
	refused int // times in a row, at that tip
}

func (p *patience) judge(at tip, err error) error {
	if !isStatus(err, http.StatusConflict) && !isStatus(err, http.StatusUnprocessableEntity) {
		return err
	}
	if at != p.at {
		*p = patience{at: at}
	}
	// More than once, since GitHub may for a while still answer with the tip
	// that another writer replaced.
	const most = 5
	if p.refused++; p.refused == most {
		return err
	}
	return &overtakenError{err}
}

func (b *Branch) createBlob(ctx context.Context, content []byte) (hash string, err error) {
	blob, _, err := b.client.Git.CreateBlob(ctx, b.owner, b.repo, &github.Blob{
		Content:  github.String(base64.StdEncoding.EncodeToString(content)),
		Encoding: github.String("base64"),
	})
	if err != nil {
		return "", b.explain("write a file", writing, err)
	}
	return blob.GetSHA(), nil
}
