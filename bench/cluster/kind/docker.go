package kind

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/kro/perf-gate/bench/process"
)

// DockerWorks returns nil if Docker works, or an error that says why it does not.
func DockerWorks(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := process.Command(ctx, "docker", "info", "--format", "{{.ServerVersion}}").CombinedOutput()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return errors.New("there is no docker command")
	case err != nil:
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("docker info says %q", lines[len(lines)-1])
	}
	return nil
}

// imageOf returns the name of the image that a container was created from.
func imageOf(ctx context.Context, container string) (string, error) {
	cmd := process.Command(ctx, "docker", "inspect", "--format", "{{.Config.Image}}", container)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n  %s\n  | %s", err, process.CommandLine(cmd), strings.TrimSpace(string(out)))
	}
	return strings.TrimSpace(string(out)), nil
}
