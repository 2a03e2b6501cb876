package kind

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// clusters is a provider without Docker.
type clusters struct {
	names  []string
	broken bool
}

func (c *clusters) List() ([]string, error) { return slices.Clone(c.names), nil }

func (c *clusters) Delete(name, _ string) error {
	if c.broken {
		return errors.New("no such thing")
	}
	c.names = slices.DeleteFunc(c.names, func(n string) bool { return n == name })
	return nil
}

func TestCleanLeavesWhatIsInUse(t *testing.T) {
	dir := t.TempDir()
	// perf-gate-theirs has no lock file here: it belongs to another user.
	p := &clusters{names: []string{"dev", "perf-gate-active", "perf-gate-killed", "perf-gate-theirs"}}
	held, err := lockCluster(dir, "perf-gate-active")
	if err != nil || held == nil {
		t.Fatalf("lock: %v, %v", held, err)
	}
	for _, name := range []string{"perf-gate-killed", "perf-gate-gone"} { // one of them before its cluster existed
		killed, err := lockCluster(dir, name)
		if err != nil {
			t.Fatal(err)
		}
		killed.file.Close() // as its process does at its end
	}

	removed, err := clean(p, dir)
	if err != nil || !slices.Equal(removed, []string{"perf-gate-killed"}) || !slices.Equal(p.names, []string{"dev", "perf-gate-active", "perf-gate-theirs"}) {
		t.Errorf("removed %v, %v; left %v", removed, err, p.names)
	}
	held.file.Close()
	p.broken = true
	if _, err := clean(p, dir); err == nil || !strings.Contains(err.Error(), "delete the kind cluster perf-gate-active: no such thing") {
		t.Errorf("clean = %v", err)
	}
	p.broken = false
	if removed, err := clean(p, dir); err != nil || !slices.Equal(removed, []string{"perf-gate-active"}) {
		t.Errorf("removed %v, %v after the end of the run", removed, err)
	}
	if names, err := locked(dir); err != nil || len(names) > 0 {
		t.Errorf("locks of %v, %v are left", names, err)
	}
}

func TestNamesAreClean(t *testing.T) {
	if a, b := newName(), newName(); a == b || !strings.HasPrefix(a, prefix) {
		t.Errorf("names %s, %s", a, b)
	}
}
