package pprof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/pprof/profile"

	"github.com/kro/perf-gate/bench"
)

// Dir is the name of the directory of profiles in the directory of a run.
const Dir = "profiles"

// A File is a stored profile.
type File struct {
	Name    string // relative to the directory of the run, with slashes
	Kind    Kind
	Arm     bench.Arm
	Profile *profile.Profile
}

// name returns the name of a session's profile, such as profiles/007-head.cpu.pb.gz.
func name(index int, arm bench.Arm, kind Kind) string {
	return path.Join(Dir, fmt.Sprintf("%03d-%s.%s.pb.gz", index, arm, kind))
}

// Write writes the profiles of a session to the directory of its run. Each file appears
// whole or not at all, and replaces one of an earlier attempt at the session.
func Write(dir string, index int, arm bench.Arm, profiles map[Kind]*profile.Profile) error {
	for _, kind := range Kinds {
		p, taken := profiles[kind]
		if !taken {
			continue
		}
		var b bytes.Buffer
		if err := p.Write(&b); err != nil {
			return fmt.Errorf("write the %s profile of session %d: %w", kind, index, err)
		}
		if err := bench.WriteFile(filepath.Join(dir, filepath.FromSlash(name(index, arm, kind))), b.Bytes()); err != nil {
			return fmt.Errorf("write the %s profile of session %d: %w", kind, index, err)
		}
	}
	return nil
}

// Read reads the profiles of the record's complete sessions from the directory of the
// run, in the record's order. It leaves out sessions without profiles, and profiles that
// lack a part of their session. A file that is not a profile, or is larger than 64 MiB,
// is an error.
func Read(dir string, record *bench.Record) ([]File, error) {
	var files []File
	for _, s := range record.Sessions {
		if s.Failed != "" {
			continue
		}
		for _, kind := range Kinds {
			file := File{Name: name(s.Index, s.Arm, kind), Kind: kind, Arm: s.Arm}
			var err error
			file.Profile, err = readFile(filepath.Join(dir, filepath.FromSlash(file.Name)))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if !slices.ContainsFunc(file.Profile.Comments, func(c string) bool { return strings.HasPrefix(c, incomplete) }) {
				files = append(files, file)
			}
		}
	}
	return files, nil
}

func readFile(path string) (*profile.Profile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSize+1)) // decode refuses one that is too long
	if err != nil {
		return nil, err
	}
	p, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p, nil
}
