package kro

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench/process"
)

// gitPrefix starts the name of a commit.
const gitPrefix = "git:"

// elsewhere are the variables that point git to another repository than that of its
// directory. Git sets them for its hooks.
var elsewhere = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX"}

// gitCommand returns a git command for a directory. It does not change the checkout,
// not even the cached state in its index, and does not ask for a password, because
// nobody is there to type it.
func gitCommand(ctx context.Context, dir string, args ...string) *exec.Cmd {
	cmd := process.Command(ctx, "git", args...)
	cmd.Dir = dir
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains(elsewhere, name)
	})
	cmd.Env = append(cmd.Env, "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0")
	return cmd
}

// git runs git in a directory and returns its output without the final newline.
func git(ctx context.Context, dir string, args ...string) (string, error) {
	return runGit(ctx, gitCommand(ctx, dir, args...))
}

func runGit(ctx context.Context, cmd *exec.Cmd) (string, error) {
	out, err := run(ctx, cmd)
	if errors.Is(err, exec.ErrNotFound) {
		return "", errors.New("the git command is not in PATH: install git")
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

// saidNo reports whether err is git's answer "no" to a question, which is not a failure.
func saidNo(err error) bool {
	exit, ok := errors.AsType[*exec.ExitError](err)
	return ok && exit.ExitCode() == 1
}

// parseGit resolves the name of a commit. It tries the checkout of the working
// directory and then the others, and takes the first commit of the module.
func parseGit(ctx context.Context, name, of string, others []string) (Ref, error) {
	rev := strings.TrimPrefix(name, gitPrefix)
	if rev == "" {
		return Ref{}, errors.New("no commit given: write git: and a commit, branch or tag")
	}
	here, err := os.Getwd()
	if err != nil {
		return Ref{}, err
	}
	var problems []string
	for _, dir := range slices.Compact(append([]string{here}, others...)) {
		commit, found, err := findCommit(ctx, dir, rev, of)
		if err == nil {
			return Ref{Kind: Git, Name: name, Path: dir, Commit: commit, Module: found}, nil
		}
		if ctx.Err() != nil {
			return Ref{}, ctx.Err()
		}
		problems = append(problems, err.Error())
	}
	return Ref{}, errors.New(strings.Join(problems, "; "))
}

// findCommit resolves rev to a commit of a module in the checkout that contains dir, and
// returns the module.
func findCommit(ctx context.Context, dir, rev, want string) (commit, module string, err error) {
	if _, err := git(ctx, dir, "rev-parse", "--git-dir"); err != nil {
		return "", "", fmt.Errorf("%s: %w", dir, plain(err))
	}
	commit, err = git(ctx, dir, "rev-parse", "--verify", "--quiet", "--end-of-options", rev+"^{commit}")
	if err != nil {
		return "", "", fmt.Errorf("the checkout %s has no commit %q: try git fetch", dir, rev)
	}
	mod, err := git(ctx, dir, "cat-file", "blob", commit+":go.mod")
	if err != nil {
		return "", "", fmt.Errorf("commit %.12s of %s is not %s: %w", commit, dir, sourceTree(want), plain(err))
	}
	if module, err = checkModule([]byte(mod), want); err != nil {
		return "", "", fmt.Errorf("commit %.12s of %s is not %s: %w", commit, dir, sourceTree(want), err)
	}
	return commit, module, nil
}

// plain reduces a failure of git to git's own message, for names that users got wrong.
func plain(err error) error {
	failed, ok := errors.AsType[*commandError](err)
	if !ok {
		return err
	}
	why, _, _ := strings.Cut(strings.TrimSpace(failed.stderr), "\n")
	return errors.New(strings.TrimPrefix(why, "fatal: "))
}

// prepareGit builds a commit, unless the cache holds a build of it.
func (b Builder) prepareGit(ctx context.Context, ref Ref) (string, error) {
	inputs, err := b.commitInputs(ctx, ref)
	if err != nil {
		return "", err
	}
	return b.store(key("git", ref.Commit, inputs), func(dir string) error {
		work, err := os.MkdirTemp(filepath.Dir(dir), "tree-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(work)
		tree := filepath.Join(work, "kro")
		if err := checkOut(ctx, ref, tree, filepath.Join(work, "index")); err != nil {
			return err
		}
		return b.buildTree(ctx, ref, tree, dir)
	})
}

// commitInputs returns everything that influences a build of a commit, except the
// source. The go command chooses its toolchain by go.mod, so that is the only file it
// needs.
func (b Builder) commitInputs(ctx context.Context, ref Ref) (string, error) {
	mod, err := git(ctx, ref.Path, "cat-file", "blob", ref.Commit+":go.mod")
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "perf-gate-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o644); err != nil {
		return "", err
	}
	return b.inputs(ctx, dir)
}

// checkOut writes the files of a commit to a new directory, with an index of their
// own. Unlike git worktree, it leaves nothing in the user's repository, even if the
// gate is killed, and runs no hooks.
func checkOut(ctx context.Context, ref Ref, tree, index string) error {
	gitDir, err := git(ctx, ref.Path, "rev-parse", "--absolute-git-dir")
	if err != nil {
		return err
	}
	if err := os.Mkdir(tree, 0o755); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"read-tree", "--no-sparse-checkout", ref.Commit},
		{"checkout-index", "--all"},
	} {
		// The checkout may set these options, but they are meant for its own files.
		options := []string{"-c", "core.splitIndex=false", "-c", "core.fsmonitor=false", "-c", "submodule.recurse=false"}
		cmd := gitCommand(ctx, tree, append(options, args...)...)
		cmd.Env = append(cmd.Env, "GIT_DIR="+gitDir, "GIT_WORK_TREE="+tree, "GIT_INDEX_FILE="+index)
		if _, err := runGit(ctx, cmd); err != nil {
			return err
		}
	}
	return nil
}

// describeTree names a checkout's commit as git describe does, with -dirty if files
// were changed. Outside a checkout it returns "".
func describeTree(ctx context.Context, dir string) string {
	version, err := git(ctx, dir, "describe", "--tags", "--always", "--dirty")
	if err != nil {
		return ""
	}
	return version
}

// describeCommit names a commit as git describe does.
func describeCommit(ctx context.Context, ref Ref) (string, error) {
	return git(ctx, ref.Path, "describe", "--tags", "--always", ref.Commit)
}
