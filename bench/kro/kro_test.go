package kro

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench"
)

func write(t *testing.T, dir, name, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestParse(t *testing.T) {
	dir := t.TempDir()
	tree, other := filepath.Join(dir, "tree"), filepath.Join(dir, "other")
	write(t, tree, "go.mod", "module "+Module+"\n", 0o644)
	write(t, other, "go.mod", "module example.com/other\n", 0o644)
	binary := write(t, dir, "controller", "#!/bin/sh\n", 0o755)
	plain := write(t, dir, "notes", "text", 0o644)
	tests := []struct {
		name string
		kind Kind
		err  string
	}{
		{"v0.9.4", Release, ""},
		{"v0.9", "", "write a release in full"},
		{"", "", "no KRO given"},
		{tree, Source, ""},
		{other, "", `is of module "example.com/other"`},
		{dir, "", "not a KRO source tree"},
		{binary, Binary, ""},
		{plain, "", "chmod +x"},
		{filepath.Join(dir, "missing"), "", "neither a release"},
		{"/dev/null", "", "neither a directory nor a regular file"},
		{"image:registry.example/kro/controller:v1", Image, ""},
		{"image:registry.example/kro@sha256:" + strings.Repeat("1", 64), Image, ""},
		{"image:", "", "not the reference of an image"},
		{"image:Registry.example/KRO", "", "not the reference of an image"},
	}
	for _, test := range tests {
		ref, err := Parse(t.Context(), test.name)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) || strings.Contains(err.Error(), "\n") {
				t.Errorf("Parse(%q) = %v, want one line with %q", test.name, err, test.err)
			}
		} else if err != nil || ref.Kind != test.kind {
			t.Errorf("Parse(%q) = %v, %v, want kind %s", test.name, ref, err, test.kind)
		}
	}
}

func TestFitDropsWhatABuildDoesNotKnow(t *testing.T) {
	flags := KnownFlags{"leader-elect": true, "zap-devel": true}
	args, dropped := flags.Fit([]Flag{{"zap-devel", "false"}, {"new-flag", "1"}, {"leader-elect", "false"}})
	if diff := cmp.Diff([]string{"--zap-devel=false", "--leader-elect=false"}, args); diff != "" {
		t.Errorf("args: %s", diff)
	}
	if diff := cmp.Diff([]string{"new-flag"}, dropped); diff != "" {
		t.Errorf("dropped: %s", diff)
	}
}

func TestParseFlags(t *testing.T) {
	got, err := ParseFlags([]string{"--cel-cost-limit=5", "zap-devel", "--feature-gates=A=true,B=false", "--a-text=x=y,z"})
	want := []Flag{{"cel-cost-limit", "5"}, {"zap-devel", "true"}, {"feature-gates=A", "true"}, {"feature-gates=B", "false"}, {"a-text", "x=y,z"}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for arg, want := range map[string]string{
		"":                               "write --name=value",
		"--":                             "write --name=value",
		"--Name=1":                       "write --name=value",
		"--kubeconfig=x":                 "perf-gate sets --kubeconfig itself",
		"-metrics-bind-address=:1":       "perf-gate sets --metrics-bind-address itself",
		"--leader-elect":                 "perf-gate sets --leader-elect itself",
		"--feature-gates=A":              `"A" is not a feature gate`,
		"--feature-gates==true":          `"=true" is not a feature gate`,
		"--feature-gates=A=true,B=maybe": `"B=maybe" is not a feature gate`,
	} {
		if flags, err := ParseFlags([]string{arg}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFlags(%q) = %v, %v, want %q", arg, flags, err, want)
		}
	}
}

// Flags of the user replace those of the settings, and count for what the settings say. A
// build gets what it knows of them.
func TestExtraFlags(t *testing.T) {
	extra, err := ParseFlags([]string{"--instance-requeue-interval=2s", "--new=1", "--feature-gates=A=true,B=true,C=false"})
	if err != nil {
		t.Fatal(err)
	}
	settings := Settings{Requeue: time.Second, Extra: extra}
	plain := &Build{Flags: KnownFlags{instanceTimerFlag: true, "new": true, "feature-gates=A": true, "feature-gates=C": true}}
	build, err := plain.With(settings)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"--instance-requeue-interval=2s", "--new=1", "--feature-gates=A=true,C=false"}
	if diff := cmp.Diff(want, build.Info.Args); diff != "" {
		t.Errorf("args: %s", diff)
	}
	if !slices.Contains(build.Info.Dropped, "feature-gates=B") {
		t.Errorf("dropped %v", build.Info.Dropped)
	}
	if build.Delay() != 2*time.Second || plain.Info.Args != nil {
		t.Errorf("Delay = %s, args of the build without settings %v", build.Delay(), plain.Info.Args)
	}
	settings.Extra = []Flag{{instanceTimerFlag, "soon"}}
	if _, err := plain.With(settings); err == nil || !strings.Contains(err.Error(), `its instance-requeue-interval is "soon"`) {
		t.Errorf("With(soon) = %v", err)
	}
}

// docs/config.md lists all settings.
func TestSettingsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range DefaultSettings.Flags() {
		if !strings.Contains(string(page), "`--"+f.Name+"`") {
			t.Errorf("docs/config.md does not list --%s", f.Name)
		}
	}
}

// Where a build lacks a flag, its settings are the compiled-in ones.
func TestBuildsRecordTheirSettings(t *testing.T) {
	settings := Settings{Workers: 2, Requeue: 100 * time.Millisecond, GOMAXPROCS: 1, GOGC: 100}
	build, err := (&Build{Flags: KnownFlags{instanceTimerFlag: true, workersFlag: true}}).With(settings)
	if err != nil {
		t.Fatal(err)
	}
	want := bench.Settings{
		InstanceTimer: bench.Setting{Value: 0.1, Flag: "instance-requeue-interval"},
		RGDTimer:      bench.Setting{Value: 3, Flag: "rgd-progress-requeue-delay", CompiledIn: true},
		Workers:       bench.Setting{Value: 2, Flag: "dynamic-controller-concurrent-reconciles"},
		Processors:    bench.Setting{Value: 1, Flag: "GOMAXPROCS"},
	}
	if diff := cmp.Diff(want, build.Info.Settings); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := build.Delay(); got != settings.Requeue {
		t.Errorf("Delay = %s, want %s", got, settings.Requeue)
	}
}

// A controller that looks like KRO to ProbeFlags and then does what script says.
func fake(t *testing.T, script string) *Build {
	t.Helper()
	path := write(t, t.TempDir(), "controller", `#!/bin/sh
if [ "$1" = --help ]; then printf 'Usage:\n  -feature-gates string\n    	Known features: A=true|false (ALPHA - default=false)\n  -leader-elect\n    	elect\n  -metrics-bind-address string\n'; exit 2; fi
`+script, 0o755)
	flags, err := ProbeFlags(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	build, err := (&Build{Binary: path, Flags: flags, Info: bench.Build{Ref: "test"}}).With(DefaultSettings)
	if err != nil {
		t.Fatal(err)
	}
	return build
}

func TestProbeFlags(t *testing.T) {
	build := fake(t, "")
	if diff := cmp.Diff(KnownFlags{"feature-gates": true, "feature-gates=A": true, "leader-elect": true, "metrics-bind-address": true}, build.Flags); diff != "" {
		t.Error(diff)
	}
	if got := build.Delay(); got != compiledTimer {
		t.Errorf("Delay of a build without %s = %s, want the compiled-in %s", instanceTimerFlag, got, compiledTimer)
	}
}

func TestProbeFlagsOfSomethingElse(t *testing.T) {
	_, err := ProbeFlags(context.Background(), "/bin/true")
	if err == nil || !strings.Contains(err.Error(), "not a KRO controller") {
		t.Errorf("ProbeFlags(/bin/true) = %v", err)
	}
}

func TestStartOfACrash(t *testing.T) {
	build := fake(t, "echo 'unable to start manager: address already in use' >&2; exit 1\n")
	_, err := build.Start(context.Background(), Run{Kubeconfig: "none", Log: filepath.Join(t.TempDir(), "log"), Probes: "127.0.0.1:1", Ready: time.Minute})
	if err == nil {
		t.Fatal("Start succeeded")
	}
	for _, want := range []string{"KRO test ended by itself", "exit status 1", "--kubeconfig=none", "address already in use"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

// Another program uses the port and never answers.
func TestStartOfACrashBehindABusyPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	build := fake(t, "sleep 0.2; echo address already in use; exit 1\n")
	_, err = build.Start(context.Background(), Run{
		Kubeconfig: "none", Log: filepath.Join(t.TempDir(), "log"), Probes: listener.Addr().String(), Ready: 10 * time.Second,
	})
	if err == nil || !strings.Contains(err.Error(), "ended by itself") || !strings.Contains(err.Error(), "| address already in use") {
		t.Errorf("Start() = %v", err)
	}
}

func TestStartNeverReady(t *testing.T) {
	build := fake(t, "echo waiting; exec sleep 60\n")
	_, err := build.Start(context.Background(), Run{
		Kubeconfig: "none", Log: filepath.Join(t.TempDir(), "log"), Probes: "127.0.0.1:1", Ready: 300 * time.Millisecond,
	})
	if err == nil || !strings.Contains(err.Error(), "was not ready after 300ms") || !strings.Contains(err.Error(), "| waiting") {
		t.Errorf("Start() = %v", err)
	}
}

func TestTreeDigest(t *testing.T) {
	digest := func(dir string) string {
		sum, err := treeDigest(dir)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	a, b := t.TempDir(), t.TempDir()
	for _, dir := range []string{a, b} {
		write(t, dir, "go.mod", "module "+Module+"\n", 0o644)
		write(t, dir, "pkg/x.go", "package x\n", 0o644)
	}
	write(t, b, "pkg/x_test.go", "package x\n", 0o644)
	write(t, b, ".git/HEAD", "ref", 0o644)
	write(t, b, "website/index.md", "hello", 0o644)
	if digest(a) != digest(b) {
		t.Error("files that cannot go into a build change the digest")
	}
	write(t, b, "pkg/x.go", "package x // changed\n", 0o644)
	if digest(a) == digest(b) {
		t.Error("a changed file does not change the digest")
	}
}

func TestStoreAppearsWholeOrNotAtAll(t *testing.T) {
	cache := t.TempDir()
	builder := Builder{Cache: cache}
	_, err := builder.store("k", func(dir string) error {
		write(t, dir, "half", "x", 0o644)
		return os.ErrInvalid
	})
	if err == nil {
		t.Fatal("store hid the error of fill")
	}
	if left, _ := os.ReadDir(filepath.Join(cache, "kro")); len(left) != 0 {
		t.Errorf("a failed build left %v behind", left)
	}
	fills := 0
	for range 2 {
		if _, err := builder.store("k", func(string) error { fills++; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if fills != 1 {
		t.Errorf("the build was made %d times, want once", fills)
	}
}
