package kro

import (
	"context"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// layout is the version of a build's files in the cache. Builds of another layout are
// ignored.
const layout = "2"

// buildArgs are the arguments of every build. They keep the machine's paths out of
// the binary, because their lengths shift its layout, and the state of the checkout.
var buildArgs = []string{"build", "-trimpath", "-buildvcs=false", "-tags", pprofTag}

// pprofTag is the build tag that makes KRO serve pprof profiles.
const pprofTag = "pprof"

// buildEnv keeps the caller's Go settings out of the build.
var buildEnv = []string{"GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0"}

// shaping are the dependencies that influence KRO's speed. If base and head differ in
// them, a change in speed has a second possible cause.
var shaping = []string{
	"github.com/google/cel-go",
	"k8s.io/apimachinery",
	"k8s.io/client-go",
	"sigs.k8s.io/controller-runtime",
	"sigs.k8s.io/structured-merge-diff/v6",
}

// A Builder makes builds.
type Builder struct {
	// Cache is the directory that keeps builds, by their inputs.
	Cache string
	// NeedPprof refuses builds that do not serve pprof profiles.
	NeedPprof bool
	// Progress receives lines about what happens. It may be nil.
	Progress func(line string)
}

// A Build is a KRO binary and everything needed to run it.
type Build struct {
	Binary string // its path, of the same length for every build
	Chart  string // directory with KRO's Helm chart
	CRDs   string // directory in the chart with the manifests of KRO's own CRDs
	Flags  KnownFlags
	Pprof  bool // whether it serves pprof profiles
	Info   bench.Build

	installed *installation // of a KRO that runs in the cluster already
}

// Build returns the build of ref, from the cache if it is there.
func (b Builder) Build(ctx context.Context, ref Ref) (*Build, error) {
	build, err := b.build(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("KRO %s: %w", ref.Name, err)
	}
	return build, nil
}

func (b Builder) build(ctx context.Context, ref Ref) (*Build, error) {
	dir, err := b.prepare(ctx, ref)
	if err != nil {
		return nil, err
	}
	chart := filepath.Join(dir, "chart")
	build := &Build{Binary: filepath.Join(dir, "controller"), Chart: chart, CRDs: filepath.Join(chart, "crds")}
	if build.Info, err = describe(ctx, ref, build.Binary); err != nil {
		return nil, err
	}
	if build.Flags, err = ProbeFlags(ctx, build.Binary); err != nil {
		return nil, err
	}
	build.Pprof = build.Flags[pprofFlag] && hasPprof(build.Binary)
	if b.NeedPprof && !build.Pprof {
		return nil, errors.New("it serves no pprof profiles: KRO does from v0.9.0 on, if it is built with go build -tags pprof; releases, source trees and git:REV are built with it")
	}
	return build, nil
}

// prepare makes the build if the cache does not hold it, and returns its directory.
func (b Builder) prepare(ctx context.Context, ref Ref) (string, error) {
	switch ref.Kind {
	case Binary:
		return b.prepareBinary(ctx, ref)
	case Image:
		return b.prepareImage(ctx, ref)
	case Archive:
		return b.prepareArchive(ctx, ref)
	case Git:
		return b.prepareGit(ctx, ref)
	case Release:
		tree, sum, err := download(ctx, Module, ref.Name)
		if err != nil {
			return "", err
		}
		return b.prepareTree(ctx, ref, tree, sum)
	default:
		sum, err := treeDigest(ref.Path)
		if err != nil {
			return "", err
		}
		return b.prepareTree(ctx, ref, ref.Path, sum)
	}
}

// prepareTree builds a source tree, unless the cache holds a build of the same content.
func (b Builder) prepareTree(ctx context.Context, ref Ref, tree, sum string) (string, error) {
	inputs, err := b.inputs(ctx, tree)
	if err != nil {
		return "", err
	}
	return b.store(key(sum, inputs), func(dir string) error {
		return b.buildTree(ctx, ref, tree, dir)
	})
}

// inputs returns everything that influences a build of a source tree, except the
// source.
func (b Builder) inputs(ctx context.Context, tree string) (string, error) {
	toolchain, err := goCommand(ctx, tree, "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	return string(toolchain) + strings.Join(slices.Concat(buildArgs, buildEnv), " "), nil
}

func (b Builder) buildTree(ctx context.Context, ref Ref, tree, dir string) error {
	b.progress("building KRO %s", ref.Name)
	args := slices.Concat(buildArgs, []string{"-o", filepath.Join(dir, "controller"), "./cmd/controller"})
	if _, err := goCommand(ctx, tree, args...); err != nil {
		return err
	}
	return copyChart(tree, dir)
}

// prepareBinary copies a binary, so that both arms run from paths of the same length.
func (b Builder) prepareBinary(ctx context.Context, ref Ref) (string, error) {
	sum, err := fileDigest(ref.Path)
	if err != nil {
		return "", err
	}
	return b.store(key("binary", sum), func(dir string) error {
		if err := copyReleaseChart(ctx, ref.Path, dir); err != nil {
			return err
		}
		return copyFile(ref.Path, filepath.Join(dir, "controller"), 0o755)
	})
}

// copyReleaseChart copies the chart of a release to dir, for a binary without one. It
// is the release that the binary says it is, or else the newest known one.
func copyReleaseChart(ctx context.Context, binary, dir string) error {
	version := Known[len(Known)-1]
	if info, err := buildinfo.ReadFile(binary); err == nil && info.Main.Path == Module && slices.Contains(Known, info.Main.Version) {
		version = info.Main.Version
	}
	tree, _, err := download(ctx, Module, version)
	if err != nil {
		return fmt.Errorf("KRO's chart of %s: %w", version, err)
	}
	return copyChart(tree, dir)
}

// hasPprof reports whether a binary was built with the tag pprof.
func hasPprof(binary string) bool {
	info, err := buildinfo.ReadFile(binary)
	return err == nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "-tags" && slices.Contains(strings.Split(s.Value, ","), pprofTag)
	})
}

// store returns the cache's directory for key. If it is new, fill fills it. It appears
// whole or not at all, even if another process fills it at the same time.
func (b Builder) store(key string, fill func(dir string) error) (string, error) {
	root := filepath.Join(b.Cache, "kro")
	dir := filepath.Join(root, key)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return "", err
	}
	part, err := os.MkdirTemp(root, "part-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(part)
	if err := fill(part); err != nil {
		return "", err
	}
	if err := os.Rename(part, dir); err != nil && !errors.Is(err, os.ErrExist) {
		if _, statErr := os.Stat(dir); statErr != nil {
			return "", err
		}
	}
	return dir, nil
}

func (b Builder) progress(format string, args ...any) {
	if b.Progress != nil {
		b.Progress(fmt.Sprintf(format, args...))
	}
}

// download fetches a release's source through Go's module cache and returns its
// directory and checksum.
func download(ctx context.Context, path, version string) (dir, sum string, err error) {
	out, err := goCommand(ctx, "", "mod", "download", "-json", path+"@"+version)
	var module struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &module); jsonErr == nil && module.Error != "" {
		why, _, _ := strings.Cut(module.Error, "\n")
		return "", "", fmt.Errorf("not available: %s", why)
	}
	if err != nil {
		return "", "", err
	}
	return module.Dir, module.Sum, nil
}

// goCommand runs the go command and returns its standard output.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := process.Command(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), buildEnv...)
	out, err := run(ctx, cmd)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("the go command is not in PATH: install Go")
	}
	return out, err
}

// describe returns the description of a binary for the record.
func describe(ctx context.Context, ref Ref, binary string) (bench.Build, error) {
	digest, err := fileDigest(binary)
	if err != nil {
		return bench.Build{}, err
	}
	info := bench.Build{Ref: ref.Name, Kind: string(ref.Kind), Digest: digest}
	if ref.HasSource() {
		if info.Version, err = ref.Version(ctx); err != nil {
			return bench.Build{}, err
		}
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		return info, nil // not a Go binary, so it has no build information
	}
	info.Go = built.GoVersion
	if info.Version == "" && ref.Kind != Source && built.Main.Version != "(devel)" {
		info.Version = built.Main.Version
	}
	for _, dep := range built.Deps {
		if slices.Contains(shaping, dep.Path) {
			if info.Modules == nil {
				info.Modules = make(map[string]string)
			}
			if dep.Replace != nil {
				dep = dep.Replace
			}
			info.Modules[dep.Path] = dep.Version
		}
	}
	return info, nil
}

// DescribeSource returns the description, for the record, of a source tree of which only
// test programs were built. Its digest is that of the programs.
func DescribeSource(ctx context.Context, ref Ref, tree string, programs []string) (bench.Build, error) {
	info := bench.Build{Ref: ref.Name, Kind: string(ref.Kind), Args: []string{}}
	var err error
	if info.Version, err = ref.Version(ctx); err != nil {
		return bench.Build{}, err
	}
	hash := sha256.New()
	for _, program := range programs {
		digest, err := fileDigest(program)
		if err != nil {
			return bench.Build{}, err
		}
		fmt.Fprintln(hash, digest)
		built, err := buildinfo.ReadFile(program) // which lists no dependencies
		if err != nil {
			return bench.Build{}, err
		}
		info.Go = built.GoVersion
	}
	info.Digest = hex.EncodeToString(hash.Sum(nil))
	info.Modules, err = modules(ctx, tree)
	return info, err
}

// modules returns the versions of the dependencies of a tree that influence KRO's speed.
func modules(ctx context.Context, tree string) (map[string]string, error) {
	const version = "{{.Path}} {{with .Replace}}{{.Version}}{{else}}{{.Version}}{{end}}"
	out, err := goCommand(ctx, tree, append([]string{"list", "-m", "-e", "-f", version}, shaping...)...)
	if err != nil {
		return nil, err
	}
	versions := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			versions[path] = version
		}
	}
	return versions, nil
}

// key returns a name in the cache. All names have the same length.
func key(parts ...string) string {
	hash := sha256.New()
	for _, part := range append([]string{layout}, parts...) {
		fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	return hex.EncodeToString(hash.Sum(nil))[:32]
}

func fileDigest(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
