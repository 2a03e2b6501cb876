package main

import (
	"cmp"
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

func newBaselinePagesCommand(a *app, store *string) *cobra.Command {
	var out, repository string
	cmd := &cobra.Command{
		Use:   "pages --store STORE [--out DIR]",
		Short: "Write pages with the course of each metric over the records",
		Long: `Pages writes static HTML pages into the directory that --out names, or, for a
store on GitHub, to the store's own branch, which GitHub Pages can show: index.html,
and for each environment in the store a page with all changes of level, the newest
first, and a chart of every metric over the records. The policy in perf-gate.yaml
says what is gated; other metrics are folded.

A record that cannot be read is left out, with a warning. It prints the path of
each file, or the commit.`,
		Example: `  gate baseline pages --store ~/kro-baseline --out site
  gate baseline pages --store ~/kro-baseline --out site --repository https://github.com/kro/kro
  gate baseline pages --store github:kro/kro`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkRepository(repository); err != nil {
				return err
			}
			policy, err := a.readPolicy("")
			if err != nil {
				return err
			}
			records, err := a.openStore(*store)
			if err != nil {
				return storeError(err)
			}
			onBranch, _ := records.(*branch.Branch)
			if out == "" && onBranch == nil {
				return exit.Usagef("%s needs --out, the directory to write to", shortPath(cmd))
			}
			if onBranch != nil && repository == "" {
				repository = cmp.Or(a.getenv("GITHUB_SERVER_URL"), publicServer) + "/" + onBranch.Repository()
			}
			if out == "" {
				commit, err := a.publishPages(cmd.Context(), onBranch, policy, repository)
				if err != nil {
					return storeError(err)
				}
				fmt.Fprintf(a.stdout, "written to %s by the commit %s\n", onBranch, commit)
				return nil
			}
			content, err := records.All(cmd.Context())
			if err != nil {
				return storeError(err)
			}
			files, err := report.WriteHistory(out, a.history(content, policy, repository))
			if err != nil {
				return fmt.Errorf("writing the pages: %w", err)
			}
			for _, file := range files {
				fmt.Fprintln(a.stdout, file)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`directory` to write to; it is made if it is missing")
	cmd.Flags().StringVar(&repository, "repository", "", "`address` of the repository on GitHub, to link records that are named by a commit")
	return cmd
}

// publishPages writes the pages on a branch's records to the branch, where GitHub
// Pages can show them, and returns the commit.
func (a *app) publishPages(ctx context.Context, b *branch.Branch, policy gate.Policy, repository string) (commit string, err error) {
	content, err := b.All(ctx)
	if err != nil {
		return "", err
	}
	pages, err := report.HistoryPages(a.history(content, policy, repository))
	if err != nil {
		return "", err
	}
	pages[".nojekyll"] = nil // they are to be shown as they are
	return b.Put(ctx, pages, "Write the history")
}

// checkRepository takes an address that commits can be linked below, or none.
func checkRepository(address string) error {
	u, err := url.Parse(address)
	if address == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return exit.Usagef("--repository: %q is no address of a repository; use one such as https://github.com/kro/kro", address)
}

// history is what pages show of a store, by the policy. Of records that cannot
// be read it warns.
func (a *app) history(content baseline.Content, policy gate.Policy, repository string) report.History {
	h := report.History{Policy: policy, Repository: repository}
	for _, s := range content {
		if s.Entry.Err != nil {
			fmt.Fprintf(a.stderr, "gate: warning: left out: %v\n", s.Entry.Err)
			h.Unread++
			continue
		}
		h.Runs = append(h.Runs, report.HistoryRun{Environment: s.Entry.Environment, Name: s.Entry.Name, Record: s.Record})
	}
	return h
}
