package kro

import (
	"archive/tar"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const (
	// imageFile is the image archive of a build, next to its binary.
	imageFile = "image.tar"
	// repository is the repository in the images' names. No registry can have that
	// name, so a node without the image cannot pull another one.
	repository = "perf-gate.invalid/kro"
	// user is the user that KRO's own images run as.
	user = "65532"
)

// An ImageArchive is a container image in a file.
type ImageArchive struct {
	Name string // repository:tag, different for different content
	Path string // a tarball in the format of docker save
}

// PackImage returns the build as a container image: the image that it came in, or else
// a new one with its binary and nothing else.
func (b *Build) PackImage() (ImageArchive, error) {
	archive := filepath.Join(filepath.Dir(b.Binary), imageFile)
	if _, err := os.Stat(archive); errors.Is(err, fs.ErrNotExist) {
		if err := pack(b.Binary, archive); err != nil {
			return ImageArchive{}, fmt.Errorf("KRO %s as an image: %w", b.Info.Ref, err)
		}
	}
	manifest, err := tarball.LoadManifest(archiveOpener(archive))
	if err == nil && (len(manifest) != 1 || len(manifest[0].RepoTags) != 1) {
		err = errors.New("not one image with one name")
	}
	if err != nil {
		return ImageArchive{}, fmt.Errorf("the image archive %s is damaged; remove it: %w", archive, err)
	}
	return ImageArchive{Name: manifest[0].RepoTags[0], Path: archive}, nil
}

// pack writes an image of one binary. The same binary always gives the same image.
func pack(binary, archive string) error {
	if err := checkAlone(binary); err != nil {
		return err
	}
	layer, err := tarball.LayerFromOpener(layerOpener(binary), tarball.WithCompressedCaching)
	if err != nil {
		return err
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		return err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = platform.OS, platform.Architecture
	config.Config = v1.Config{Entrypoint: []string{"/controller"}, User: user}
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return err
	}
	part, err := os.MkdirTemp(filepath.Dir(archive), "part-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(part)
	whole := filepath.Join(part, imageFile)
	if err := keepImage(image, whole); err != nil {
		return err
	}
	return os.Rename(whole, archive)
}

// keepImage writes an image to an archive. Its name there contains the digest of its
// configuration, which does not depend on the compression of layers.
func keepImage(image v1.Image, archive string) error {
	digest, err := image.ConfigName()
	if err != nil {
		return err
	}
	tag, err := name.NewTag(repository + ":" + digest.Hex[:12])
	if err != nil {
		return err
	}
	file, err := os.Create(archive)
	if err != nil {
		return err
	}
	if err := tarball.Write(tag, image, file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// checkAlone checks that a binary runs on Linux without any other file.
func checkAlone(binary string) error {
	file, err := elf.Open(binary)
	if err != nil {
		return fmt.Errorf("its binary is not for Linux (%w); build it with GOOS=linux", err)
	}
	defer file.Close()
	if file.OSABI != elf.ELFOSABI_NONE && file.OSABI != elf.ELFOSABI_LINUX {
		return fmt.Errorf("its binary is not for Linux (%s); build it with GOOS=linux", file.OSABI)
	}
	if slices.ContainsFunc(file.Progs, func(p *elf.Prog) bool { return p.Type == elf.PT_INTERP }) {
		return errors.New("its binary needs libraries of the system; build it with CGO_ENABLED=0")
	}
	return nil
}

// layerOpener opens a tarball that holds a binary as /controller.
func layerOpener(binary string) tarball.Opener {
	return func() (io.ReadCloser, error) {
		file, err := os.Open(binary)
		if err != nil {
			return nil, err
		}
		info, err := file.Stat()
		if err != nil {
			file.Close()
			return nil, err
		}
		reader, writer := io.Pipe()
		go func() {
			defer file.Close()
			layer := tar.NewWriter(writer)
			err := layer.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "controller", Mode: 0o755, Size: info.Size()})
			if err == nil {
				_, err = io.Copy(layer, file)
			}
			writer.CloseWithError(errors.Join(err, layer.Close()))
		}()
		return reader, nil
	}
}
