package baseline

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/kro/perf-gate/bench"
)

const extension = ".jsonl"

// validName is what a name may look like: it becomes a part of a path on any
// system, and is printed on terminals.
var validName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$`)

// IsName tells whether a record or an environment may be called so.
func IsName(name string) bool { return validName.MatchString(name) }

func checkName(name string) error {
	if !IsName(name) {
		return fmt.Errorf("%q cannot name a baseline record: use letters, digits and . _ + - (at most 128), such as a commit or a version", name)
	}
	return nil
}

// identity names a build: a release by its version, any other by its digest
// too, since two of them may share a version.
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
		return "", fmt.Errorf("the record does not tell which build its head is: name the record after its commit")
	}
	return digest, nil
}
