package kro

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// moduleProxy serves a list of versions of KRO as the user's Go module proxy.
func moduleProxy(t *testing.T, versions ...string) {
	t.Helper()
	proxy := t.TempDir()
	dir := filepath.Join(proxy, filepath.FromSlash(Module), "@v")
	write(t, dir, "list", strings.Join(versions, "\n")+"\n", 0o644)
	for _, version := range versions {
		write(t, dir, version+".info", `{"Version": "`+version+`"}`, 0o644)
		write(t, dir, version+".mod", "module "+Module+"\n", 0o644)
	}
	t.Setenv("GOPROXY", "file://"+filepath.ToSlash(proxy))
}

func TestReleases(t *testing.T) {
	isolate(t)
	pseudo := "v0.11.1-0.20270101000000-0123456789ab"
	moduleProxy(t, "v0.10.0", "v0.9.4", "v0.11.0", "v0.12.0-rc.1", pseudo)
	releases, err := Releases(t.Context())
	if want := []string{"v0.9.4", "v0.10.0", "v0.11.0"}; err != nil || !slices.Equal(releases, want) {
		t.Errorf("Releases() = %v, %v; want %v", releases, err, want)
	}
	// In a checkout the module is no other, and a vendor directory does not count.
	t.Chdir(fakeCheckout(t))
	t.Setenv("GOFLAGS", "-mod=vendor")
	if releases, err := Releases(t.Context()); err != nil || len(releases) != 3 {
		t.Errorf("in a checkout of KRO: %v, %v", releases, err)
	}
}

func TestNoReleases(t *testing.T) {
	isolate(t)
	for _, test := range []struct {
		proxy func()
		want  string
	}{
		{func() { moduleProxy(t, "v0.13.0", "v0.14.0-alpha.1") }, "it lists 1, want two"},
		{func() { t.Setenv("GOPROXY", "file://"+t.TempDir()) }, "no such file"},
		{func() { t.Setenv("GOPROXY", "off") }, "GOPROXY=off"},
	} {
		test.proxy()
		releases, err := Releases(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Releases() = %v, %v; want one line with %q", releases, err, test.want)
		}
	}
}
