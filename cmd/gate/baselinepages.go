package main

import (
	"cmp"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/baseline/branch"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/exit"
	"github.com/kro/perf-gate/cmd/gate/pages"
	"github.com/kro/perf-gate/cmd/gate/store"
)

func newBaselinePagesCommand(getenv func(string) string, name *string) *cobra.Command {
	var out, repository string
	cmd := &cobra.Command{
		Use:   "pages --store STORE [--out DIR]",
		Short: "Write pages that show each metric over time",
		Long: `Pages writes static HTML pages into the --out directory. Without --out, it writes
them to the branch of a store on GitHub, where GitHub Pages can serve them.

There is an index.html, and a page for each environment in the store. The page of
an environment lists all changes of level, newest first, and has a chart of every
metric over the records. It collapses metrics that the policy in perf-gate.yaml
does not gate.

Pages skips a record that it cannot read, with a warning. It prints the path of each
file, or the commit.`,
		Example: `  gate baseline pages --store ~/kro-baseline --out site
  gate baseline pages --store ~/kro-baseline --out site --repository https://github.com/kro/kro
  gate baseline pages --store github:kro/kro`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkRepository(repository); err != nil {
				return err
			}
			cfg, err := config.Load(configFile(cmd))
			if err != nil {
				return err
			}
			records, err := stores(getenv).Open(*name)
			if err != nil {
				return store.Error(err)
			}
			onBranch, _ := records.(*branch.Branch)
			if out == "" && onBranch == nil {
				return exit.Usagef("%s needs --out, the directory to write to", shortPath(cmd))
			}
			if onBranch != nil && repository == "" {
				repository = cmp.Or(getenv("GITHUB_SERVER_URL"), publicServer) + "/" + onBranch.Repository()
			}
			options := pages.Options{Policy: cfg.Policy, Repository: repository, Warnings: cmd.ErrOrStderr()}
			if out == "" {
				commit, err := pages.Publish(cmd.Context(), onBranch, options)
				if err != nil {
					return store.Error(err)
				}
				fmt.Fprintf(cmd.OutOrStdout(), "written to %s by the commit %s\n", onBranch, commit)
				return nil
			}
			content, err := records.All(cmd.Context())
			if err != nil {
				return store.Error(err)
			}
			files, err := pages.Write(out, content, options)
			if err != nil {
				return fmt.Errorf("writing the pages: %w", err)
			}
			for _, file := range files {
				fmt.Fprintln(cmd.OutOrStdout(), file)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "`directory` to write to; it is created if it is missing")
	cmd.Flags().StringVar(&repository, "repository", "", "`address` of the repository on GitHub; records named after a commit link to it")
	return cmd
}

// checkRepository refuses an address that commits cannot be linked under. An empty
// one is fine.
func checkRepository(address string) error {
	u, err := url.Parse(address)
	if address == "" || err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return nil
	}
	return exit.Usagef("--repository: %q is not the address of a repository; use one such as https://github.com/kro/kro", address)
}
