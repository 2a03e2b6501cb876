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
		Short: "Show the version of this gate",
		Long: `Version prints the version and commit of this gate, the Go version that built it,
and the KRO releases that it was tested with.`,
		Example: "  gate version",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			info, ok := debug.ReadBuildInfo()
			if !ok {
				return fmt.Errorf("this binary has no build information; build it with go build or go install")
			}
			return writeVersion(cmd.OutOrStdout(), info)
		},
	}
}

// writeVersion prints the build information. It has a commit only if the build was
// made from a checkout.
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

// source is the version of a binary that the action builds, such as v1.2.3+source.
// The runner fetches the source without the git directory, so go build finds no
// version there. .github/release/install.sh sets source.
var source string

// version returns the gate's own version. Records name it.
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
