package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/cmd/gate/action"
	"github.com/kro/perf-gate/cmd/gate/clusters"
	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/cmd/gate/measure"
	"github.com/kro/perf-gate/cmd/gate/store"
)

const (
	publicAPI    = "https://api.github.com"
	publicServer = "https://github.com"
)

// agent returns the user agent of the gate's requests.
func agent() string { return meter.GatePrefix + "/" + version() }

// configFile returns the value of --config.
func configFile(cmd *cobra.Command) string { return cmd.Flag("config").Value.String() }

// overlay applies the configuration file to cfg, which cmd's flags are bound to.
// Flags win.
func overlay(cmd *cobra.Command, cfg *config.Config) error {
	return config.Overlay(cfg, configFile(cmd), cmd.Flags().Changed)
}

// stores returns access to stores with the token in the environment. A branch is on
// GitHub, or on the enterprise server that GITHUB_API_URL names.
func stores(getenv func(string) string) store.Access {
	return store.Access{
		Token: cmp.Or(getenv("GITHUB_TOKEN"), getenv("GH_TOKEN")),
		API:   cmp.Or(getenv("GITHUB_API_URL"), publicAPI),
		Agent: agent(),
	}
}

// host describes the machine and the program to the packages that measure. Runs
// learn from the stores in history.
func host(cmd *cobra.Command, getenv func(string) string, history store.Opener) (measure.Host, error) {
	cache, err := cacheDir()
	if err != nil {
		return measure.Host{}, err
	}
	self, err := os.Executable()
	if err != nil {
		return measure.Host{}, fmt.Errorf("finding the path of the gate, to start its child processes: %w", err)
	}
	home, _ := os.UserHomeDir() // without one, setup-envtest has installed nothing
	return measure.Host{
		Host: clusters.Host{
			Cache: cache, Agent: agent(),
			Simulate: []string{self, simulateCommand}, Proxy: []string{self, proxyCommand},
			Assets:     getenv("KUBEBUILDER_ASSETS"),
			Data:       cmp.Or(getenv("XDG_DATA_HOME"), filepath.Join(home, ".local", "share")),
			Kubeconfig: getenv("KUBECONFIG"),
			Confirm: func(context, server string) error {
				return confirm(cmd.InOrStdin(), cmd.ErrOrStderr(), context, server)
			},
		},
		Version:      version(),
		Image:        strings.TrimSpace(getenv("ImageOS") + " " + getenv("ImageVersion")),
		TargetBranch: getenv("GITHUB_BASE_REF"),
		Stores:       history,
		Log:          cmd.ErrOrStderr(),
		Columns:      columns(cmd.ErrOrStderr()),
	}, nil
}

// step describes the environment of a step of GitHub Actions.
func step(cmd *cobra.Command, getenv func(string) string) action.Environment {
	return action.Environment{
		Getenv: getenv,
		Stdout: cmd.OutOrStdout(), Stderr: cmd.ErrOrStderr(),
		Stores: stores(getenv), Agent: agent(),
		Measure: func(ctx context.Context, cfg config.Config, history store.Opener) (string, error) {
			h, err := host(cmd, getenv, history)
			if err != nil {
				return "", err
			}
			return measure.Run(ctx, cfg, h, measure.Decidable(cfg.Policy))
		},
	}
}

// cacheDir returns the directory that keeps builds.
func cacheDir() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("finding a directory for builds: %w", err)
	}
	return filepath.Join(cache, "perf-gate"), nil
}

// columns returns the width of the terminal that w writes to, or 0 if w is not a
// terminal.
func columns(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}
