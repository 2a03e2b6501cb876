package kro

import (
	"bytes"
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
	"slices"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// buildArgs are the same for every build: no paths of the machine in the
// binary, because their lengths shift its layout, and no state of a checkout.
var buildArgs = []string{"build", "-trimpath", "-buildvcs=false", "-o"}

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
	// Progress is told what happens, a line each; it may be nil.
	Progress func(line string)
}

// A Build is a KRO binary with what it takes to run it.
type Build struct {
	Binary string // its path, of the same length for every build
	CRDs   string // directory with the manifests of KRO's own CRDs
	Flags  Flags  // the flags it knows
	Info   bench.Build
}

// Build returns the build of ref, from the cache where it is there.
func (b Builder) Build(ctx context.Context, ref Ref) (*Build, error) {
	dir, err := b.place(ctx, ref)
	if err != nil {
		return nil, fmt.Errorf("KRO %s: %w", ref.Name, err)
	}
	build := &Build{Binary: filepath.Join(dir, "controller"), CRDs: filepath.Join(dir, "crds")}
	if build.Info, err = describe(ctx, ref, build.Binary); err != nil {
		return nil, fmt.Errorf("KRO %s: %w", ref.Name, err)
	}
	if build.Flags, err = ProbeFlags(ctx, build.Binary); err != nil {
		return nil, fmt.Errorf("KRO %s: %w", ref.Name, err)
	}
	return build, nil
}

// place makes sure that the cache holds the build and returns its directory.
func (b Builder) place(ctx context.Context, ref Ref) (string, error) {
	switch ref.Kind {
	case Binary:
		return b.placeBinary(ctx, ref)
	case Release:
		tree, sum, err := download(ctx, ref.Name)
		if err != nil {
			return "", err
		}
		return b.placeTree(ctx, ref, tree, sum)
	default:
		sum, err := treeDigest(ref.Path)
		if err != nil {
			return "", err
		}
		return b.placeTree(ctx, ref, ref.Path, sum)
	}
}

// placeTree builds a source tree, unless a build of the same content is there.
func (b Builder) placeTree(ctx context.Context, ref Ref, tree, sum string) (string, error) {
	toolchain, err := goCommand(ctx, tree, "env", "GOVERSION", "GOOS", "GOARCH")
	if err != nil {
		return "", err
	}
	return b.store(key(sum, string(toolchain), strings.Join(buildArgs, " "), strings.Join(buildEnv, " ")), func(dir string) error {
		b.progress("building KRO %s", ref.Name)
		args := append(slices.Clone(buildArgs), filepath.Join(dir, "controller"), "./cmd/controller")
		if _, err := goCommand(ctx, tree, args...); err != nil {
			return err
		}
		return copyCRDs(filepath.Join(tree, "helm", "crds"), filepath.Join(dir, "crds"))
	})
}

// placeBinary copies a binary, so that both arms run from paths of one length.
// Its CRDs are those of the release it says it is, else of the newest one known.
func (b Builder) placeBinary(ctx context.Context, ref Ref) (string, error) {
	sum, err := fileDigest(ref.Path)
	if err != nil {
		return "", err
	}
	return b.store(key(sum), func(dir string) error {
		version := Known[len(Known)-1]
		if info, err := buildinfo.ReadFile(ref.Path); err == nil && info.Main.Path == Module && slices.Contains(Known, info.Main.Version) {
			version = info.Main.Version
		}
		tree, _, err := download(ctx, version)
		if err != nil {
			return err
		}
		if err := copyCRDs(filepath.Join(tree, "helm", "crds"), filepath.Join(dir, "crds")); err != nil {
			return err
		}
		return copyFile(ref.Path, filepath.Join(dir, "controller"), 0o755)
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

// goCommand runs the go command and returns its standard output. A failure is
// shown as one could paste it into a shell, with what it printed.
func goCommand(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := process.Command(ctx, "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), buildEnv...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	switch {
	case err == nil:
		return stdout.Bytes(), nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return nil, errors.New("the go command is not in PATH: install Go, or give a KRO binary")
	}
	return stdout.Bytes(), fmt.Errorf("%w\n  %s\n%s", err, process.CommandLine(cmd), indent(stderr.Bytes()))
}

func indent(output []byte) string {
	return "  | " + strings.ReplaceAll(strings.TrimSpace(string(output)), "\n", "\n  | ")
}

// describe reads from a binary what the record says of it.
func describe(ctx context.Context, ref Ref, binary string) (bench.Build, error) {
	digest, err := fileDigest(binary)
	if err != nil {
		return bench.Build{}, err
	}
	info := bench.Build{Ref: ref.Name, Kind: string(ref.Kind), Digest: digest}
	if ref.Kind == Release {
		info.Version = ref.Name
	}
	if ref.Kind == Source {
		info.Version = describeTree(ctx, ref.Path)
	}
	built, err := buildinfo.ReadFile(binary)
	if err != nil {
		return info, nil // not a Go binary: it runs or it does not, but says nothing of itself
	}
	info.Go = built.GoVersion
	if ref.Kind == Binary && built.Main.Version != "(devel)" {
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

// describeTree names a checkout's commit the way git does, with -dirty where
// it was changed; it is empty outside a checkout.
func describeTree(ctx context.Context, dir string) string {
	out, err := exec.CommandContext(ctx, "git", "-C", dir, "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// key is a name in the cache: always of the same length.
func key(parts ...string) string {
	hash := sha256.New()
	for _, part := range parts {
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
