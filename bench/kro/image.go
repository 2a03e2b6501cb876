package kro

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// imagePrefix starts the reference of an image in a registry.
const imagePrefix = "image:"

// platform is the platform that an image must have to run here, or on nodes here.
var platform = v1.Platform{OS: "linux", Architecture: runtime.GOARCH}

func parseImage(text string) (name.Reference, error) {
	reference, err := name.ParseReference(strings.TrimPrefix(text, imagePrefix))
	if err != nil {
		return nil, fmt.Errorf("not the reference of an image, such as image:registry.example/kro/controller:v1: %w", err)
	}
	return reference, nil
}

// prepareImage pulls an image, unless the cache holds it.
func (b Builder) prepareImage(ctx context.Context, ref Ref) (string, error) {
	reference, err := parseImage(ref.Name)
	if err != nil {
		return "", err
	}
	image, err := remote.Image(reference, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain), remote.WithPlatform(platform))
	if err != nil {
		return "", pullError(ctx, reference, err)
	}
	digest, err := image.Digest()
	if err != nil {
		return "", err
	}
	return b.store(key("image", digest.String()), func(dir string) error {
		b.progress("pulling KRO %s", ref.Name)
		if err := checkPlatform(image); err != nil {
			return err
		}
		if err := keepImage(image, filepath.Join(dir, imageFile)); err != nil {
			return pullError(ctx, reference, err)
		}
		return prepareKept(ctx, dir)
	})
}

// pullError says why an image was not pulled. If the registry denied access, it also
// says what to do.
func pullError(ctx context.Context, reference name.Reference, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	hint := ""
	if refused, ok := errors.AsType[*transport.Error](err); ok &&
		(refused.StatusCode == http.StatusUnauthorized || refused.StatusCode == http.StatusForbidden) {
		hint = "; check the name, or docker login " + reference.Context().RegistryStr()
	}
	return fmt.Errorf("the image cannot be pulled: %w%s", err, hint)
}

// prepareArchive copies an image archive, unless the cache holds it.
func (b Builder) prepareArchive(ctx context.Context, ref Ref) (string, error) {
	sum, err := fileDigest(ref.Path)
	if err != nil {
		return "", err
	}
	return b.store(key("archive", sum), func(dir string) error {
		image, err := tarball.Image(archiveOpener(ref.Path), nil)
		if err != nil {
			return fmt.Errorf("not an image archive: %w", err)
		}
		if err := checkPlatform(image); err != nil {
			return err
		}
		if err := keepImage(image, filepath.Join(dir, imageFile)); err != nil {
			return fmt.Errorf("the image archive cannot be read: %w", err)
		}
		return prepareKept(ctx, dir)
	})
}

// prepareKept adds the controller and its chart to the image in dir.
func prepareKept(ctx context.Context, dir string) error {
	image, err := tarball.ImageFromPath(filepath.Join(dir, imageFile), nil)
	if err != nil {
		return err
	}
	binary := filepath.Join(dir, "controller")
	if err := extractProgram(image, binary); err != nil {
		return err
	}
	return copyReleaseChart(ctx, binary, dir)
}

func checkPlatform(image v1.Image) error {
	config, err := image.ConfigFile()
	if err != nil {
		return fmt.Errorf("the configuration of the image cannot be read: %w", err)
	}
	if is := config.Platform(); is == nil || !is.Satisfies(platform) {
		return fmt.Errorf("the image is for %s/%s; give one for %s", config.OS, config.Architecture, platform)
	}
	return nil
}

// checkArchive checks that a file is an archive of one image.
func checkArchive(path string) error {
	manifest, err := tarball.LoadManifest(archiveOpener(path))
	if err != nil {
		return fmt.Errorf("neither an executable file nor an image archive (%w): make a binary executable with chmod +x, or write an image archive with docker save", err)
	}
	if len(manifest) != 1 {
		return fmt.Errorf("the archive holds %d images: save only the one to measure", len(manifest))
	}
	return nil
}

// archiveOpener opens an image archive, compressed by gzip or not.
func archiveOpener(path string) tarball.Opener {
	return func() (io.ReadCloser, error) {
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		reader := bufio.NewReader(file)
		if magic, _ := reader.Peek(2); !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
			_, err := file.Seek(0, io.SeekStart)
			return file, err // the file itself, in which tar can seek
		}
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			file.Close()
			return nil, err
		}
		return struct {
			io.Reader
			io.Closer
		}{unzipped, file}, nil
	}
}
