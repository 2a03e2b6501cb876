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

// layout is the version of what the cache keeps of a build. Builds of another
// layout stay where they are and are not looked at.
const layout = "2"

// buildArgs are the same for every build: no paths of the machine in the
// binary, because their lengths shift its layout, and no state of a checkout.
var buildArgs = []string{"build", "-trimpath", "-buildvcs=false"}

// pprofTag is the build tag with which KRO can serve profiles of itself.
const pprofTag = "pprof"

// buildEnv keeps the caller's Go settings out of the build.
var buildEnv = []string{"GOWORK=off", "GOFLAGS=-mod=readonly", "CGO_ENABLED=0"}

// shaping are the dependencies that shape KRO's speed; where base and head
// differ in them, a comparison has a second cause.
var shaping = []string{
	"github.com/google/cel-go",
	"k8s.io/apimachinery",
	"k8s.io/client-go",
	"sigs.k8s.io/controller-runtime",
	"sigs.k8s.io/structured-merge-diff/v6",
}

// A Builder turns what the user named into binaries.
type Builder struct {
	// Cache is the directory that keeps builds by what went into them.
	Cache string
	// Pprof is whether the builds are to serve profiles of themselves.
	Pprof bool
	// Progress is told what happens, a line each; it may be nil.
	Progress func(line string)
}

// A Build is a KRO binary with what it takes to run it.
type Build struct {
	Binary string // its path, of the same length for every build
	Chart  string // directory with KRO's Helm chart
	CRDs   string // directory in the chart with the manifests of KRO's own CRDs
	Flags  KnownFlags
	Info   bench.Build

	installed *installation // of a KRO that is not built, but there
}

// Build returns the build of ref, from the cache where it is there.
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
	if b.Pprof && !hasPprof(build.Binary) {
		return nil, errors.New("it was not built with the tag pprof, without which it serves no profiles: build it with go build -tags pprof, or give a release, a source tree or git:REV")
	}
	if build.Info, err = describe(ctx, ref, build.Binary); err != nil {
		return nil, err
	}
	if build.Flags, err = ProbeFlags(ctx, build.Binary); err != nil {
		return nil, err
	}
	return build, nil
}

// prepare makes sure that the cache holds the build and returns its directory.
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
		tree, sum, err := download(ctx, ref.Name)
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

// prepareTree builds a source tree, unless a build of the same content is there.
func (b Builder) prepareTree(ctx context.Context, ref Ref, tree, sum string) (string, error) {
	inputs, err := b.inputs(ctx, tree)
	if err != nil {
		return "", err
	}
	return b.store(key(sum, inputs), func(dir string) error {
		return b.buildTree(ctx, ref, tree, dir)
	})
}

// inputs returns everything but the source that shapes a build of a source tree.
func (b Builder) inputs(ctx context.Context, tree string) (string, error) {
	toolchain, err := goCommand(ctx, tree, "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	return string(toolchain) + strings.Join(slices.Concat(b.args(), buildEnv), " "), nil
}

func (b Builder) args() []string {
	if b.Pprof {
		return append(slices.Clone(buildArgs), "-tags", pprofTag)
	}
	return buildArgs
}

func (b Builder) buildTree(ctx context.Context, ref Ref, tree, dir string) error {
	b.progress("building KRO %s", ref.Name)
	args := slices.Concat(b.args(), []string{"-o", filepath.Join(dir, "controller"), "./cmd/controller"})
	if _, err := goCommand(ctx, tree, args...); err != nil {
		return err
	}
	return copyChart(tree, dir)
}

// prepareBinary copies a binary, so that both arms run from paths of one length.
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

// copyReleaseChart gives a binary that came without a chart the one of the
// release it says it is, else of the newest one known.
func copyReleaseChart(ctx context.Context, binary, dir string) error {
	version := Known[len(Known)-1]
	if info, err := buildinfo.ReadFile(binary); err == nil && info.Main.Path == Module && slices.Contains(Known, info.Main.Version) {
		version = info.Main.Version
	}
	tree, _, err := download(ctx, version)
	if err != nil {
		return fmt.Errorf("its chart, that of %s: %w", version, err)
	}
	return copyChart(tree, dir)
}

// hasPprof tells whether a binary was built with the tag pprof.
func hasPprof(binary string) bool {
	info, err := buildinfo.ReadFile(binary)
	return err == nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "-tags" && slices.Contains(strings.Split(s.Value, ","), pprofTag)
	})
}

// store returns the cache's directory for key, filled by fill when it is new.
// It appears whole or not at all, whoever else fills it at the same time.
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
func download(ctx context.Context, version string) (dir, sum string, err error) {
	out, err := goCommand(ctx, "", "mod", "download", "-json", Module+"@"+version)
	var module struct{ Dir, Sum, Error string }
	if jsonErr := json.Unmarshal(out, &module); jsonErr == nil && module.Error != "" {
		why, _, _ := strings.Cut(module.Error, "\n")
		return "", "", fmt.Errorf("cannot be had: %s", why)
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

// describe reads from a binary what the record says of it.
func describe(ctx context.Context, ref Ref, binary string) (bench.Build, error) {
	digest, err := fileDigest(binary)
	if err != nil {
		return bench.Build{}, err
	}
	info := bench.Build{Ref: ref.Name, Kind: string(ref.Kind), Digest: digest}
	switch ref.Kind {
	case Release:
		info.Version = ref.Name
	case Source:
		info.Version = describeTree(ctx, ref.Path)
	case Git:
		if info.Version, err = describeCommit(ctx, ref); err != nil {
			return bench.Build{}, err
		}
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		return info, nil // not a Go binary: it runs or it does not, but says nothing of itself
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

// key is a name in the cache: always of the same length.
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
