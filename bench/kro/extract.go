package kro

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// maxLinks is how many symbolic links Linux follows in one path.
const maxLinks = 40

// extractProgram extracts the program that an image starts, to a file.
func extractProgram(image v1.Image, to string) error {
	config, err := image.ConfigFile()
	if err != nil {
		return err
	}
	command := slices.Concat(config.Config.Entrypoint, config.Config.Cmd)
	if len(command) == 0 || !path.IsAbs(command[0]) {
		return fmt.Errorf("the entrypoint of the image is not an absolute path: %q", command)
	}
	links := make(map[string]string)
	program := path.Clean(command[0])
	found, err := extractFile(image, program, to, links)
	if err != nil || found {
		return err
	}
	target, err := follow(program, links)
	if err != nil {
		return err
	}
	if found, err = extractFile(image, target, to, links); err == nil && !found {
		err = fmt.Errorf("the image does not hold its entrypoint %s", command[0])
	}
	return err
}

// extractFile extracts a file of an image to a path. If the image has no regular file
// of that name, it collects all links of the image instead.
func extractFile(image v1.Image, name, to string, links map[string]string) (found bool, err error) {
	flat := mutate.Extract(image)
	defer flat.Close()
	files := tar.NewReader(flat)
	for {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("the image cannot be read: %w", err)
		}
		at := path.Clean("/" + header.Name)
		switch header.Typeflag {
		case tar.TypeSymlink:
			links[at] = header.Linkname
		case tar.TypeLink:
			links[at] = path.Clean("/" + header.Linkname)
		case tar.TypeReg:
			if at == name {
				return true, writeFile(files, to, 0o755)
			}
		}
	}
}

// follow resolves the links in an absolute path.
func follow(name string, links map[string]string) (string, error) {
	for range maxLinks {
		next := followOne(name, links)
		if next == name {
			return name, nil
		}
		name = next
	}
	return "", fmt.Errorf("the links to the entrypoint of the image form a circle at %s", name)
}

func followOne(name string, links map[string]string) string {
	parent := "/"
	rest := strings.Split(strings.TrimPrefix(name, "/"), "/")
	for i, element := range rest {
		at := path.Join(parent, element)
		if target, ok := links[at]; ok {
			if !path.IsAbs(target) {
				target = path.Join(parent, target)
			}
			return path.Join(append([]string{target}, rest[i+1:]...)...)
		}
		parent = at
	}
	return name
}
