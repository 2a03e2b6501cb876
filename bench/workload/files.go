package workload

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// Files are the YAML files of a workload's directory, by their names.
type Files map[string][]byte

// ReadFiles reads the YAML files of a directory. It leaves out directories in it.
func ReadFiles(dir fs.FS) (Files, error) {
	entries, err := fs.ReadDir(dir, ".")
	if err != nil {
		return nil, err
	}
	files := Files{}
	for _, entry := range entries {
		if entry.IsDir() || stem(entry.Name()) == "" {
			continue
		}
		if files[entry.Name()], err = fs.ReadFile(dir, entry.Name()); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// stem returns the name of a YAML file without its extension, and "" for other files.
func stem(name string) string {
	if ext := path.Ext(name); ext == ".yaml" || ext == ".yml" {
		return strings.TrimSuffix(name, ext)
	}
	return ""
}

// Names lists the names of the files in order.
func (f Files) Names() []string { return slices.Sorted(maps.Keys(f)) }

// Comment returns the comment with which the description begins, in one line.
func (f Files) Comment() string {
	var words []string
	for line := range strings.Lines(string(f[File])) {
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		words = append(words, strings.Fields(comment)...)
	}
	return strings.Join(words, " ")
}

// Digest returns the SHA-256 of the names and contents of the files.
func (f Files) Digest() string {
	hash := sha256.New()
	for _, name := range f.Names() {
		fmt.Fprintf(hash, "%q %d\n%s", name, len(f[name]), f[name])
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
}
