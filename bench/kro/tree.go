package kro

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// notBuilt are the top-level directories of a KRO checkout that do not influence the
// controller.
var notBuilt = []string{".git", ".github", "bin", "dev", "docs", "examples", "node_modules", "test", "website"}

// treeDigest hashes the files of a source tree that can influence a build: every regular
// file and its path, except tests and the notBuilt directories.
func treeDigest(root string) (string, error) {
	hash := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if slices.Contains(notBuilt, rel) {
				return fs.SkipDir
			}
			return nil
		}
		if !entry.Type().IsRegular() || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		digest, err := fileDigest(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%s %s\n", digest, filepath.ToSlash(rel))
		return nil
	})
	return hex.EncodeToString(hash.Sum(nil)), err
}

// copyChart copies the Helm chart of a source tree, including the manifests of KRO's
// own CRDs.
func copyChart(tree, dir string) error {
	from := filepath.Join(tree, "helm")
	manifests, err := filepath.Glob(filepath.Join(from, "crds", "*.yaml"))
	if err != nil {
		return err
	}
	if len(manifests) == 0 {
		return fmt.Errorf("no CRD manifests in %s", filepath.Join(from, "crds"))
	}
	return os.CopyFS(filepath.Join(dir, "chart"), os.DirFS(from))
}

func copyFile(from, to string, mode fs.FileMode) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer source.Close()
	return writeFile(source, to, mode)
}

func writeFile(from io.Reader, to string, mode fs.FileMode) error {
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	if _, err := io.Copy(target, from); err != nil {
		target.Close()
		return err
	}
	return target.Close()
}
