package kro

import (
	"path/filepath"
	"strings"
	"testing"
)

// The history is that of a pull request: the project's main is at M2, a fork's is
// still at M1, and the change left at M2. The project's release branch left at M1.
//
//	M1 - M2 - change
//	 `- R
func history(t *testing.T) (project, fork, clone string, at map[string]string) {
	t.Helper()
	at = make(map[string]string)
	project = fakeCheckout(t)
	at["M1"] = output(t, project, "git", "rev-parse", "HEAD")
	fork = filepath.Join(t.TempDir(), "fork")
	output(t, "", "git", "clone", project, fork)
	output(t, project, "git", "switch", "--create", "release")
	at["R"] = commit(t, project, "R")
	output(t, project, "git", "switch", "main")
	at["M2"] = commit(t, project, "M2")
	clone = filepath.Join(t.TempDir(), "clone")
	output(t, "", "git", "clone", project, clone)
	output(t, clone, "git", "switch", "--create", "change")
	at["change"] = commit(t, clone, "change")
	return project, fork, clone, at
}

func TestMergeBase(t *testing.T) {
	isolate(t)
	tests := []struct {
		name   string
		setup  string // shell commands in the clone
		head   string // git:REV, or empty for the tree
		branch string
		want   string // of the history
		into   string
	}{
		{name: "a clone", want: "M2", into: "origin/main"},
		{name: "another branch", branch: "release", want: "M1", into: "origin/release"},
		{name: "a commit", head: "git:origin/release", want: "M1", into: "origin/main"},
		{name: "a detached head", setup: "git checkout --detach && git branch -D main change", want: "M2", into: "origin/main"},
		{name: "the merge that CI checks out", setup: "git checkout --detach origin/main && git merge --no-ff -m merge change", want: "M2", into: "origin/main"},
		{name: "uncommitted changes on main", setup: "git switch main && echo >> go.mod", want: "M2", into: "origin/main"},
		{name: "a fork that lags behind", setup: "git remote rename origin upstream && git remote add origin $FORK && git fetch origin", want: "M2", into: "upstream/main"},
		{name: "a fork alone", setup: "git remote set-url origin $FORK && git fetch --force origin", want: "M1", into: "origin/main"},
		{name: "no default branch known", setup: "git remote set-head origin --delete", want: "M2", into: "origin/main"},
		{name: "another default branch", setup: "git update-ref refs/remotes/origin/trunk origin/release && git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/trunk", want: "M1", into: "origin/trunk"},
		{name: "no remote", setup: "git remote remove origin", want: "M2", into: "main"},
		{name: "no remote, and master", setup: "git remote remove origin && git branch --move main master", want: "M2", into: "master"},
		{name: "another remote", setup: "git remote rename origin mine", want: "M2", into: "main"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, fork, clone, at := history(t)
			t.Setenv("FORK", fork)
			output(t, clone, "sh", "-ec", test.setup)
			head := Ref{Kind: Source, Name: clone, Path: clone}
			if test.head != "" {
				t.Chdir(clone)
				head = parse(t, test.head)
			}
			base, into, err := MergeBase(t.Context(), head, test.branch)
			if err != nil {
				t.Fatal(err)
			}
			if base.Name != "git:"+at[test.want] || base.Commit != at[test.want] || into != test.into {
				t.Errorf("MergeBase() = %s of %s, want %s (%s) of %s", base.Name, into, at[test.want], test.want, test.into)
			}
			if got := parse(t, base.Name, head); got != base {
				t.Errorf("the name stands for %+v, want %+v", got, base)
			}
		})
	}
}

func TestMergeBaseThatIsNotThere(t *testing.T) {
	isolate(t)
	tests := []struct {
		name   string
		setup  string // shell commands in the directory of the clone
		branch string
		want   string
	}{
		{name: "a shallow clone", setup: "cd .. && rm -rf clone && git clone --depth 1 --no-single-branch --branch release file://$PROJECT clone", want: "fetch-depth: 0"},
		{name: "a shallow clone of one branch", setup: "cd .. && rm -rf clone && git clone --depth 1 --branch release file://$PROJECT clone", branch: "main", want: "run git fetch origin, or set fetch-depth: 0"},
		{name: "an unknown branch", branch: "nope", want: "does not have the branch nope of the remote origin"},
		{name: "a remote that was not fetched", setup: "git remote add upstream $PROJECT", want: "git fetch upstream"},
		{name: "no remote and no branch", setup: "git remote remove origin && git branch -D main", want: "has no branch main or master"},
		{name: "another history", setup: "git checkout --orphan new && git commit -m new", want: "head and origin/main"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			project, _, clone, _ := history(t)
			t.Setenv("PROJECT", project)
			output(t, clone, "sh", "-ec", test.setup)
			base, into, err := MergeBase(t.Context(), Ref{Kind: Source, Name: clone, Path: clone}, test.branch)
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("MergeBase() = %+v of %s, %v; want one line with %q", base, into, err, test.want)
			}
		})
	}
}

func TestIsCheckout(t *testing.T) {
	isolate(t)
	checkout := fakeCheckout(t)
	worktree := filepath.Join(t.TempDir(), "worktree")
	output(t, checkout, "git", "worktree", "add", worktree)
	within := filepath.Join(checkout, "vendored")
	fakeTree(t, within)
	for _, test := range []struct {
		ref  Ref
		want bool
	}{
		{parse(t, checkout), true},
		{parse(t, worktree), true},
		{parse(t, within), false},
		{Ref{Kind: Git, Path: within}, true},
		{Ref{Kind: Binary, Path: checkout}, false},
	} {
		if got := test.ref.IsCheckout(); got != test.want {
			t.Errorf("IsCheckout(%+v) = %t", test.ref, got)
		}
	}
}
