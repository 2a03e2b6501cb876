package kro

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// An entry of a layer: a program, or a link if it has a target.
type entry struct{ name, content, link string }

func layerOf(t *testing.T, entries ...entry) v1.Layer {
	t.Helper()
	var buffer bytes.Buffer
	layer := tar.NewWriter(&buffer)
	for _, e := range entries {
		header := &tar.Header{Typeflag: tar.TypeReg, Name: e.name, Mode: 0o755, Size: int64(len(e.content))}
		if e.link != "" {
			header = &tar.Header{Typeflag: tar.TypeSymlink, Name: e.name, Linkname: e.link}
		}
		if err := layer.WriteHeader(header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(layer, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := layer.Close(); err != nil {
		t.Fatal(err)
	}
	layers, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(buffer.Bytes())), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return layers
}

func imageOf(t *testing.T, arch, entrypoint string, layers ...v1.Layer) v1.Image {
	t.Helper()
	image, err := mutate.AppendLayers(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.ConfigFile(image, func() *v1.ConfigFile {
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		config = config.DeepCopy()
		config.OS, config.Architecture = "linux", arch
		if entrypoint != "" {
			config.Config.Entrypoint = []string{entrypoint, "--serve"}
		}
		return config
	}())
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// program returns a script that looks like a KRO with one more flag.
func program(flag string) string {
	return "#!/bin/sh\nprintf 'Usage:\\n  -metrics-bind-address string\\n  -" + flag + "\\n'\n"
}

// like returns an image in the form that ko makes.
func like(t *testing.T, arch string) v1.Image {
	t.Helper()
	return imageOf(t, arch, "/ko-app/controller",
		layerOf(t, entry{name: "etc/passwd", content: "nonroot"}),
		layerOf(t, entry{name: "/ko-app/controller", content: program("from-ko")}))
}

func save(t *testing.T, image v1.Image) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kro.tar")
	tag, err := name.NewTag("example.com/kro:v1")
	if err != nil {
		t.Fatal(err)
	}
	if err := tarball.WriteToFile(path, tag, image); err != nil {
		t.Fatal(err)
	}
	return path
}

// serve runs a registry and returns its address and how many blobs were read.
func serve(t *testing.T) (address string, pulls *atomic.Int64) {
	t.Helper()
	pulls = new(atomic.Int64)
	handler := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/blobs/") {
			pulls.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://"), pulls
}

// push pushes an image, or one for each platform.
func push(t *testing.T, reference string, image remote.Taggable) {
	t.Helper()
	parsed, err := name.ParseReference(reference)
	if err != nil {
		t.Fatal(err)
	}
	switch image := image.(type) {
	case v1.Image:
		err = remote.Write(parsed, image)
	case v1.ImageIndex:
		err = remote.WriteIndex(parsed, image)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// configName returns the digest that identifies an image in any format.
func configName(t *testing.T, image v1.Image) v1.Hash {
	t.Helper()
	digest, err := image.ConfigName()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestBuildOfAnImage(t *testing.T) {
	isolate(t)
	address, pulls := serve(t)
	image := like(t, runtime.GOARCH)
	index := mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: like(t, "mips"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "mips"}}},
		mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: runtime.GOARCH}}})
	digest, err := image.Digest()
	if err != nil {
		t.Fatal(err)
	}
	push(t, address+"/kro:one", image)
	push(t, address+"/kro:all", index)

	cache := t.TempDir()
	var dirs []string
	for _, reference := range []string{":one", ":all", "@" + digest.String()} {
		before := pulls.Load()
		build, _ := buildOf(t, Builder{Cache: cache}, "image:"+address+"/kro"+reference)
		if !build.Flags["from-ko"] || build.Info.Kind != "image" {
			t.Errorf("%s: flags %v, %+v", reference, build.Flags, build.Info)
		}
		if _, err := os.Stat(filepath.Join(build.CRDs, "x.yaml")); err != nil {
			t.Errorf("%s has no chart: %v", reference, err)
		}
		dirs = append(dirs, filepath.Dir(build.Binary))
		if dirs[0] != dirs[len(dirs)-1] || (len(dirs) > 1 && pulls.Load() != before) {
			t.Errorf("%s is pulled, though the cache holds the image", reference)
		}
		archive, err := build.PackImage()
		if err != nil {
			t.Fatal(err)
		}
		kept, err := tarball.ImageFromPath(archive.Path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := "perf-gate.invalid/kro:" + configName(t, image).Hex[:12]; archive.Name != want || configName(t, kept) != configName(t, image) {
			t.Errorf("Image() = %s of %s, want %s of %s", archive.Name, configName(t, kept), want, configName(t, image))
		}
	}
}

func TestImageThatCannotBeUsed(t *testing.T) {
	isolate(t)
	address, _ := serve(t)
	push(t, address+"/kro:other", like(t, "mips"))
	push(t, address+"/kro:others", mutate.AppendManifests(empty.Index,
		mutate.IndexAddendum{Add: like(t, "mips"), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: "mips"}}}))
	push(t, address+"/kro:without", imageOf(t, runtime.GOARCH, "/kro", layerOf(t, entry{name: "readme"})))
	login := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("WWW-Authenticate", `Basic realm="x"`)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(login.Close)
	private := strings.TrimPrefix(login.URL, "http://")
	for reference, want := range map[string]string{
		address + "/kro:none":    "cannot be pulled: ",
		address + "/kro:other":   "is for linux/mips; give one for linux/" + runtime.GOARCH,
		address + "/kro:others":  "no child with platform linux/" + runtime.GOARCH,
		address + "/kro:without": "does not hold its entrypoint /kro",
		private + "/kro":         "docker login " + private,
	} {
		cache := t.TempDir()
		message := buildError(t.Context(), t, Builder{Cache: cache}, parse(t, "image:"+reference))
		if !strings.Contains(message, want) || strings.Contains(message, "\n") {
			t.Errorf("%s: %s; want one line with %q", reference, message, want)
		}
		if entries, _ := os.ReadDir(filepath.Join(cache, "kro")); len(entries) != 0 {
			t.Errorf("%s left %v in the cache", reference, entries)
		}
	}
}

func TestBuildOfAnArchive(t *testing.T) {
	isolate(t)
	original := save(t, like(t, runtime.GOARCH))
	data, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	compressed := original + ".gz"
	file, err := os.Create(compressed)
	if err != nil {
		t.Fatal(err)
	}
	zipper := gzip.NewWriter(file)
	if _, err := zipper.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := zipper.Close(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	for _, path := range []string{original, compressed} {
		build, _ := buildOf(t, Builder{Cache: t.TempDir()}, path)
		if !build.Flags["from-ko"] || build.Info.Kind != "archive" {
			t.Errorf("%s: flags %v, %+v", path, build.Flags, build.Info)
		}
		archive, err := build.PackImage()
		if err != nil {
			t.Fatal(err)
		}
		if want := "perf-gate.invalid/kro:" + configName(t, like(t, runtime.GOARCH)).Hex[:12]; archive.Name != want {
			t.Errorf("Image() = %s, want %s", archive.Name, want)
		}
	}
}

func TestParseArchive(t *testing.T) {
	dir := t.TempDir()
	image := like(t, runtime.GOARCH)
	two := filepath.Join(dir, "two.tar")
	one, _ := name.NewTag("one")
	other, _ := name.NewTag("other")
	if err := tarball.MultiWriteToFile(two, map[name.Tag]v1.Image{one: image, other: like(t, "mips")}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(save(t, image))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		two: "the archive holds 2 images",
		write(t, dir, "text", "no archive", 0o644):                      "neither an executable file nor an image archive",
		write(t, dir, "empty", "", 0o644):                               "neither an executable file nor an image archive",
		write(t, dir, "cut.tar", string(whole[:len(whole)/2]), 0o644):   "neither an executable file nor an image archive",
		write(t, dir, "zipped", "\x1f\x8bno gzip", 0o644):               "neither an executable file nor an image archive",
		write(t, dir, "layer.tar", strings.Repeat("\x00", 1024), 0o644): "manifest.json not found",
	} {
		if _, err := Parse(t.Context(), path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Parse(%s) = %v, want one line with %q", path, err, want)
		}
	}
}

func TestExtractProgram(t *testing.T) {
	kro := entry{name: "controller", content: "program"}
	tests := []struct {
		name       string
		entrypoint string
		layers     [][]entry // lowest first
		want       string    // content, or error
	}{
		{"one layer", "/controller", [][]entry{{kro}}, "program"},
		{"an upper layer wins", "/controller", [][]entry{{{name: "controller", content: "old"}}, {kro}}, "program"},
		{"a link", "/usr/bin/kro", [][]entry{{kro}, {{name: "usr/bin/kro", link: "../../controller"}}}, "program"},
		{"a linked directory", "/bin/kro", [][]entry{{{name: "bin", link: "usr/bin"}, {name: "usr/bin/kro", link: "/opt/kro"}}, {{name: "./opt/kro", content: "program"}}}, "program"},
		{"links in a circle", "/a", [][]entry{{{name: "a", link: "b"}, {name: "b", link: "a"}}}, "form a circle at /a"},
		{"a removed program", "/controller", [][]entry{{kro}, {{name: ".wh.controller"}}}, "does not hold its entrypoint /controller"},
		{"a dangling link", "/kro", [][]entry{{{name: "kro", link: "gone"}}}, "does not hold its entrypoint /kro"},
		{"a name to be looked up in PATH", "controller", [][]entry{{kro}}, "absolute path"},
		{"no entrypoint", "", [][]entry{{kro}}, "absolute path"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var layers []v1.Layer
			for _, entries := range test.layers {
				layers = append(layers, layerOf(t, entries...))
			}
			to := filepath.Join(t.TempDir(), "controller")
			err := extractProgram(imageOf(t, runtime.GOARCH, test.entrypoint, layers...), to)
			got, _ := os.ReadFile(to)
			if err != nil {
				if got = []byte(err.Error()); strings.Contains(test.want, "program") {
					t.Fatal(err)
				}
			}
			if !strings.Contains(string(got), test.want) {
				t.Errorf("extractProgram() gives %q, want %q", got, test.want)
			}
		})
	}
}

func TestImageOfABinary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("builds a binary for this machine and packs it for Linux")
	}
	isolate(t)
	tree := t.TempDir()
	fakeTree(t, tree)
	var archives []ImageArchive
	var contents [][]byte
	build, _ := buildOf(t, Builder{Cache: t.TempDir()}, tree)
	copied, _ := buildOf(t, Builder{Cache: t.TempDir()}, build.Binary)
	for _, b := range []*Build{build, copied, build} {
		archive, err := b.PackImage()
		if err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(archive.Path)
		if err != nil {
			t.Fatal(err)
		}
		archives, contents = append(archives, archive), append(contents, content)
	}
	if archives[0].Name != archives[1].Name || !bytes.Equal(contents[0], contents[1]) {
		t.Errorf("a binary packed twice gives %s and %s", archives[0].Name, archives[1].Name)
	}
	if archives[0] != archives[2] {
		t.Errorf("asked again, %+v became %+v", archives[0], archives[2])
	}

	image, err := tarball.ImageFromPath(archives[0].Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintf("%s/%s %q as %s, created %d", config.OS, config.Architecture, config.Config.Entrypoint, config.Config.User, max(config.Created.Unix(), 0))
	if want := fmt.Sprintf(`linux/%s ["/controller"] as 65532, created 0`, runtime.GOARCH); got != want {
		t.Errorf("the image is %s, want %s", got, want)
	}
	flat := mutate.Extract(image)
	defer flat.Close()
	files := tar.NewReader(flat)
	header, err := files.Next()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := io.ReadAll(files)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(build.Binary)
	if err != nil {
		t.Fatal(err)
	}
	if header.Name != "controller" || header.Mode != 0o755 || header.ModTime.Unix() != 0 || !bytes.Equal(packed, binary) {
		t.Errorf("the image holds %s, mode %o, of %s, %d bytes; the binary has %d", header.Name, header.Mode, header.ModTime, len(packed), len(binary))
	}
	if _, err := files.Next(); err != io.EOF {
		t.Error("the image holds more than the binary")
	}

	// The archive can itself be measured, as the same KRO.
	again, _ := buildOf(t, Builder{Cache: t.TempDir()}, archives[0].Path)
	archive, err := again.PackImage()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{build.Info.Digest, archives[0].Name}, []string{again.Info.Digest, archive.Name}); diff != "" {
		t.Errorf("of its own archive, a build becomes another: %s", diff)
	}
}

func TestImageOfABinaryThatRunsNowhereElse(t *testing.T) {
	script := &Build{Binary: write(t, t.TempDir(), "controller", "#!/bin/sh\n", 0o755)}
	script.Info.Ref = "./controller"
	_, err := script.PackImage()
	if err == nil || !strings.Contains(err.Error(), "KRO ./controller as an image: its binary is not for Linux") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Image() of a script: %v", err)
	}
	if runtime.GOOS != "linux" {
		return
	}
	shell := &Build{Binary: filepath.Join(t.TempDir(), "controller")}
	if err := copyFile("/bin/sh", shell.Binary, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := shell.PackImage(); err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=0") {
		t.Errorf("Image() of a binary with libraries: %v", err)
	}
	if left, _ := os.ReadDir(filepath.Dir(shell.Binary)); len(left) != 1 {
		t.Errorf("next to the binary: %v", left)
	}
}
