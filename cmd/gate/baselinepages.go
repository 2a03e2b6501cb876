package main

import (
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/baseline"
	"github.com/kro/perf-gate/gate"
	"github.com/kro/perf-gate/report"
)

func newBaselinePagesCommand(a *app, store *string) *cobra.Command {
	var out, repository string
	cmd := &cobra.Command{
		Use:   "pages --store PATH --out DIR",
		Short: "Write pages with the course of each metric over the records",
		Long: `Pages writes static HTML pages into the directory that --out names: index.html,
and for each environment in the store a page with all changes of level, the newest
first, and a chart of every metric over the records. The policy in perf-gate.yaml
says what is gated; other metrics are folded.

A record that cannot be read is left out, with a warning. It prints the path of
each file.`,
		Example: `  gate baseline pages --store ~/kro-baseline --out site
  gate baseline pages --store ~/kro-baseline --out site --repository https://github.com/kro/kro`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usageErrorf("%s needs --out, the directory to write to", shortPath(cmd))
			}
			if err := checkRepository(repository); err != nil {
				return err
			}
			policy, err := a.readPolicy("")
			if err != nil {
				return err
			}
			dir, err := baseline.Open(*store)
			if err != nil {
				return storeError(err)
			}
			content, err := dir.All()
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

// checkRepository takes an address that commits can be linked below, or none.
func checkRepository(address string) error {
	u, err := url.Parse(address)
	if address == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return usageErrorf("--repository: %q is no address of a repository; use one such as https://github.com/kro/kro", address)
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
