package kro

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuildKeepsTheChart(t *testing.T) {
	isolate(t)
	tree := t.TempDir()
	fakeTree(t, tree)
	release := Known[len(Known)-1]
	for _, name := range []string{release, tree} {
		build, _ := buildOf(t, Builder{Cache: t.TempDir()}, name)
		for _, file := range []string{filepath.Join(build.Chart, "Chart.yaml"), filepath.Join(build.CRDs, "x.yaml")} {
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The first layout of the cache named a binary by its digest alone, and had its CRDs
// but no chart.
func TestBuildDoesNotTakeWhatAnEarlierVersionKept(t *testing.T) {
	isolate(t)
	cache := t.TempDir()
	binary := write(t, t.TempDir(), "controller", program("any"), 0o755)
	sum, err := fileDigest(binary)
	if err != nil {
		t.Fatal(err)
	}
	earlier := sha256.Sum256(fmt.Appendf(nil, "%d:%s", len(sum), sum))
	dir := filepath.Join(cache, "kro", hex.EncodeToString(earlier[:])[:32])
	write(t, dir, "controller", program("any"), 0o755)
	write(t, dir, "crds/x.yaml", "kind: CustomResourceDefinition\n", 0o644)
	build, _ := buildOf(t, Builder{Cache: cache}, binary)
	if _, err := os.Stat(filepath.Join(build.Chart, "Chart.yaml")); err != nil {
		t.Error(err)
	}
}

// The build of an old KRO has the tag but knows no pprof.
func TestPprofOfAnOldTree(t *testing.T) {
	isolate(t)
	tree := t.TempDir()
	fakeTree(t, tree)
	if err := os.Remove(filepath.Join(tree, "cmd/controller/pprof.go")); err != nil {
		t.Fatal(err)
	}
	if build, _ := buildOf(t, Builder{Cache: t.TempDir()}, tree); build.Pprof {
		t.Error("it serves pprof profiles")
	}
}

func TestPprof(t *testing.T) {
	isolate(t)
	tree, cache := t.TempDir(), t.TempDir()
	fakeTree(t, tree)
	profiled, _ := buildOf(t, Builder{Cache: cache}, tree)
	// A binary is taken as it is.
	again, _ := buildOf(t, Builder{Cache: cache, NeedPprof: true}, profiled.Binary)
	if again.Info.Digest != profiled.Info.Digest {
		t.Error("a binary with pprof changed")
	}
	binary := filepath.Join(t.TempDir(), "controller")
	output(t, tree, "go", "build", "-o", binary, "./cmd/controller")
	plain, _ := buildOf(t, Builder{Cache: cache}, binary)
	if plain.Pprof || !profiled.Pprof || !again.Pprof {
		t.Errorf("Pprof of the build of a tree %v, of the same binary %v, of a binary without the tag %v", profiled.Pprof, again.Pprof, plain.Pprof)
	}
	message := buildError(t.Context(), t, Builder{Cache: cache, NeedPprof: true}, parse(t, plain.Binary))
	if !strings.Contains(message, "serves no pprof profiles") || strings.Contains(message, "\n") {
		t.Errorf("Build() of a binary without pprof: %s", message)
	}
}
