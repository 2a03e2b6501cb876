package clusters

import (
	"errors"
	"testing"

	"github.com/kro/perf-gate/bench/cluster/local"
)

// TestNew makes every cluster that needs nothing from the user.
func TestNew(t *testing.T) {
	for _, name := range Names() {
		if name == Existing { // it needs a kubeconfig
			continue
		}
		if _, err := New(name, Host{Cache: t.TempDir()}, Options{}); err != nil && !errors.Is(err, local.ErrNoBinaries) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
