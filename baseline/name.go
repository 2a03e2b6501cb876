package baseline

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/kro/perf-gate/bench"
)

const extension = ".jsonl"

// validName matches valid names. A name is safe in a path on any system and on a
// terminal.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$`)

// IsName reports whether name is a valid name for a record or an environment.
func IsName(name string) bool { return validName.MatchString(name) }

func checkName(name string) error {
	if !IsName(name) {
		return fmt.Errorf("%q cannot name a baseline record: use letters, digits and . _ + - (at most 128), such as a commit or a version", name)
	}
	return nil
}

// identity returns a name for a build: the version of a release, and the version
// and the digest of any other build, because two of those may share a version.
func identity(b bench.Build) (string, error) {
	version := b.Version
	if !IsName(version) {
		version = ""
	}
	if b.Kind == "release" && version != "" {
		return version, nil
	}
	digest := strings.TrimPrefix(b.Digest, "sha256:")
	digest = digest[:min(len(digest), 12)]
	if digest != "" && version != "" {
		digest = version + "-" + digest
	}
	if checkName(digest) != nil {
		return "", fmt.Errorf("the record has neither a version nor a digest of its head build: name the record after its commit")
	}
	return digest, nil
}
