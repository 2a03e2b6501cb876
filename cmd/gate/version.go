package main

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kro/perf-gate/bench/kro"
)

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show which gate this is",
		Long: `Version shows which gate this is: its version, its commit, the Go it was built
with, and the KRO releases it was tried with.`,
		Example: "  gate version",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("this binary does not carry its build information; build it with go build or go install")
			}
			return writeVersion(cmd.OutOrStdout(), info)
		},
	}
}

// writeVersion writes what the build recorded; it records a commit only when it
// was made from a checkout.
func writeVersion(w io.Writer, info *debug.BuildInfo) error {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "gate\t%s\n", version())
	if commit := settings["vcs.revision"]; commit != "" {
		if settings["vcs.modified"] == "true" {
			commit += " (modified)"
		}
		fmt.Fprintf(table, "commit\t%s\n", commit)
	}
	fmt.Fprintf(table, "go\t%s %s/%s\n", info.GoVersion, settings["GOOS"], settings["GOARCH"])
	fmt.Fprintf(table, "kro\t%s\n", strings.Join(kro.Known, ", "))
	return table.Flush()
}

// source is the version of what the action builds, such as v1.2.3+source: the
// runner fetches it without the git directory that go build takes a version from.
// .github/release/install.sh sets it.
var source string

// version is the gate's own version, as records name it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case ok && info.Main.Version != "(devel)":
		return info.Main.Version
	case source != "":
		return source
	case ok:
		return info.Main.Version
	}
	return "unknown"
}
