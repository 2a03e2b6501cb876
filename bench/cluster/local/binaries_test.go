package local

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// programs creates a directory with a control plane.
func programs(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kube-apiserver", "etcd"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestFind(t *testing.T) {
	root := t.TempDir()
	assets, data, cache := filepath.Join(root, "assets"), filepath.Join(root, "data"), filepath.Join(root, "cache")
	find := func(assets, want, from string) {
		t.Helper()
		b, err := Find(assets, data, cache)
		if err != nil {
			t.Fatal(err)
		}
		if got := filepath.Dir(b.Etcd); got != want || filepath.Dir(b.APIServer) != want || b.From != from {
			t.Errorf("found %+v, want those in %s, from %s", b, want, from)
		}
	}
	if _, err := Find("", data, cache); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("Find of nothing = %v", err)
	}

	programs(t, filepath.Join(cache, "control-plane", "v1.9.0"))
	newest := programs(t, filepath.Join(cache, "control-plane", "v1.36.3"))
	if err := os.MkdirAll(filepath.Join(cache, "control-plane", "v1.37.0"), 0o755); err != nil { // half built
		t.Fatal(err)
	}
	find("", newest, "make control-plane")

	envtest := filepath.Join(data, "kubebuilder-envtest", "k8s")
	programs(t, filepath.Join(envtest, "1.36.0-other-"+runtime.GOARCH))
	own := programs(t, filepath.Join(envtest, "1.35.0-"+runtime.GOOS+"-"+runtime.GOARCH))
	find("", own, "setup-envtest")

	programs(t, assets)
	find(assets, assets, "KUBEBUILDER_ASSETS")
	if err := os.Chmod(filepath.Join(assets, "etcd"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Find(assets, data, cache)
	if err == nil || !strings.Contains(err.Error(), "KUBEBUILDER_ASSETS: "+filepath.Join(assets, "etcd")+" is not an executable file") {
		t.Errorf("Find with a file that cannot run = %v", err)
	}
}

func TestOpenOfSomethingElse(t *testing.T) {
	c := Cluster{Binaries: Binaries{APIServer: "/bin/true", From: "the test"}}
	_, err := c.Open(t.Context(), t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "/bin/true (from the test) is not a kube-apiserver that can run here") {
		t.Errorf("Open = %v", err)
	}
}
