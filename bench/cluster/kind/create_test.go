package kind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/kind/pkg/exec"
)

// kubeadm writes hundreds of lines. The last ones say what went wrong.
func TestFailedCreationShowsTheCommandAndItsEnd(t *testing.T) {
	dir := t.TempDir()
	c := &Cluster{name: "perf-gate-abcdef", dir: dir, log: filepath.Join(dir, "kind.log")}
	if err := os.WriteFile(c.log, []byte("Starting control-plane\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	failed := &exec.RunError{
		Command: []string{"docker", "exec", "a node", "kubeadm", "init"},
		Output:  []byte(strings.Repeat("noise\n", 300) + "[ERROR CRI]: no runtime\n"),
		Inner:   errors.New("exit status 1"),
	}
	got := c.explain(failed).Error()
	for _, want := range []string{
		"the kind cluster perf-gate-abcdef could not be created: ", "\n  docker exec 'a node' kubeadm init\n",
		"\n  | [ERROR CRI]: no runtime\n", "\n  | Starting control-plane",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	if n := strings.Count(got, "noise"); n > 20 {
		t.Errorf("%d of 300 lines of noise", n)
	}
}
