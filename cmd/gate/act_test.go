//go:build act

package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/cmd/gate/action"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/store"
	"github.com/kro/perf-gate/report/github/githubapi/githubtest"
)

// TestAct runs the action under act on a repository of a fake GitHub, starting with
// the first pull request.
func TestAct(t *testing.T) {
	h := newHosted(t)
	slower := map[string]string{"CONFIG": "counts.yaml", "BASE": "v0.9.3", "HEAD": "v0.9.2"}
	faster := map[string]string{"CONFIG": "counts.yaml", "BASE": "v0.9.2", "HEAD": "v0.9.3"}
	same := map[string]string{"CONFIG": "counts.yaml", "BASE": "v0.9.3", "HEAD": "v0.9.3"}
	alone := map[string]string{"CONFIG": "counts.yaml", "BASE": config.NoBase, "HEAD": "v0.9.2"}

	t.Run("pull request without a baseline", func(t *testing.T) {
		h.t = t
		number, head := h.pull("kro/kro")
		j := h.job("pull_request", h.pullEvent(number, head, "kro/kro"), same, writing)
		h.ended(j, "success")
		h.expect("the outputs", j.outputs, "verdict=pass regressions=0", "comment-url=http")
		h.comments(number, "perf-gate: pass")
		h.checked(head, "success")
	})

	var accepted int
	t.Run("regression, and its acceptance", func(t *testing.T) {
		h.t = t
		number, head := h.pull("kro/kro")
		j := h.job("pull_request", h.pullEvent(number, head, "kro/kro"), slower, writing)
		h.ended(j, "failure")
		h.expect("the log", j.log, "::error", "requests/op regressed")
		h.expect("the summary", j.log, "Summary - ## ❌ perf-gate: fail", "```mermaid", "Changes this run could have seen")
		h.comments(number, "perf-gate: fail", "/raw/")
		h.checked(head, "failure")

		h.repo.Comment(number, "mallory", "/perf-gate accept I am in a hurry")
		h.repo.Comment(number, "maintainer", "/perf-gate accept it is the price of the cache")
		head = h.repo.Commit(fmt.Sprint("change-", number), map[string]string{"change": "more"}, "Change more")
		h.repo.Push(number, head)
		j = h.job("pull_request", h.pullEvent(number, head, "kro/kro"), slower, writing)
		h.ended(j, "success")
		h.expect("the outputs", j.outputs, "verdict=fail")
		h.comments(number, "perf-gate: fail", "maintainer accepted the regressions: it is the price of the cache", "mallory cannot accept")
		h.checked(head, "success")
		accepted = number
	})

	t.Run("improvement", func(t *testing.T) {
		h.t = t
		number, head := h.pull("kro/kro")
		j := h.job("pull_request", h.pullEvent(number, head, "kro/kro"), faster, writing)
		h.ended(j, "success")
		h.comments(number, "perf-gate: pass", "improved")
	})

	var ofFork job
	var fork, forkHead = 0, ""
	t.Run("fork", func(t *testing.T) {
		h.t = t
		fork, forkHead = h.pull("mallory/kro")
		ofFork = h.job("pull_request", h.pullEvent(fork, forkHead, "mallory/kro"), slower, reading)
		h.ended(ofFork, "failure")
		h.expect("the log", ofFork.log, "the pull request is from a fork, whose token can only read", "Summary - ## ❌ perf-gate: fail")
		h.comments(fork)
	})

	t.Run("push to main", func(t *testing.T) {
		h.t = t
		event, commit := h.push("the first")
		j := h.job("push", event, same, writing)
		h.ended(j, "success")
		if kept := h.records(); len(kept) != 1 || kept[0] != commit {
			t.Errorf("the data branch has the records %q, want that of %s", kept, commit)
		}
	})

	t.Run("second push, of an accepted regression", func(t *testing.T) {
		h.t = t
		event, commit := h.push("the second")
		h.repo.Merge(accepted, commit)
		j := h.job("push", event, slower, writing)
		h.ended(j, "success")
		if kept := h.records(); len(kept) != 2 || !slices.Contains(kept, commit) {
			t.Errorf("the data branch has the records %q, want that of %s too", kept, commit)
		}
		h.expect("the pages", h.repo.Files(store.DefaultBranch)["index.html"], "2 commits")
		h.expect("the record", h.record(commit), `"accepted":[{"by":"maintainer","reason":"it is the price of the cache"`)
	})

	t.Run("pull request against the baseline", func(t *testing.T) {
		h.t = t
		number, head := h.pull("kro/kro")
		j := h.job("pull_request", h.pullEvent(number, head, "kro/kro"), alone, writing)
		h.ended(j, "success")
		h.comments(number, "perf-gate: pass", "from baseline records")
	})

	t.Run("publish what the fork measured", func(t *testing.T) {
		h.t = t
		content, err := os.ReadFile(ofFork.record)
		if err != nil {
			t.Fatal(err)
		}
		h.repo.Upload(githubtest.Artifact{Run: int64(ofFork.run), Name: action.ArtifactName, Archive: githubtest.Archive(t, bench.RecordFile, string(content))})
		j := h.job("workflow_run", h.runEvent(ofFork.run, fork, forkHead, "mallory/kro"), same, writing)
		h.ended(j, "success")
		h.expect("the outputs", j.outputs, "verdict=fail")
		h.comments(fork, "perf-gate: fail", "The workflow of the fork mallory/kro measured these figures")
		h.checked(forkHead, "failure")
	})

	t.Run("malicious record", func(t *testing.T) {
		h.t = t
		content, err := os.ReadFile(ofFork.record)
		if err != nil {
			t.Fatal(err)
		}
		hostile := bytes.ReplaceAll(content, []byte("CEL/"), []byte(`</details><script>alert(1)</script> @maintainer [x](https://evil.example) |`))
		for name, tt := range map[string]struct {
			archive []byte
			ends    string
			log     string
		}{
			"of names that are markup": {githubtest.Archive(t, bench.RecordFile, string(hostile)), "success", ""},
			"outside of its archive":   {githubtest.Archive(t, "../../"+bench.RecordFile, string(content)), "failure", "a file name leads outside it"},
		} {
			number, head := h.pull("mallory/kro")
			run := 1000 + number
			h.repo.Upload(githubtest.Artifact{Run: int64(run), Name: action.ArtifactName, Archive: tt.archive})
			j := h.job("workflow_run", h.runEvent(run, number, head, "mallory/kro"), same, writing)
			h.ended(j, tt.ends)
			h.expect("the log of a record "+name, j.log, tt.log)
			if tt.ends == "failure" {
				h.comments(number)
				continue
			}
			h.comments(number, "perf-gate: fail")
			shown := rendered(t, h.repo.Comments(number)[0].Body)
			for _, markup := range []string{"<script", "@maintainer", `"https://evil.example`} {
				if strings.Contains(shown, markup) {
					t.Errorf("the comment has %q:\n%s", markup, shown)
				}
			}
		}
	})
}
