package kind

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// prefix starts the name of every cluster that a run creates.
const prefix = "perf-gate-"

// newName returns a random name for a cluster, so that simultaneous runs have different
// ones.
func newName() string {
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = byte('a' + rand.IntN(26))
	}
	return prefix + string(letters)
}

// A lock shows that the run of a cluster is still going. It ends with the process that
// holds it, even if that is killed.
type lock struct{ file *os.File }

// suffix follows the cluster's name in the name of a lock file.
const suffix = ".lock"

// lockCluster locks a cluster. If another process holds the lock, it returns nil.
func lockCluster(dir, name string) (*lock, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, name+suffix), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, file.Close()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", file.Name(), err), file.Close())
	}
	return &lock{file}, nil
}

// locked returns the clusters with lock files, of runs that are still going or were killed.
func locked(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, prefix+"*"+suffix))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), suffix)
	}
	return names, nil
}

// release removes the lock of a cluster that is deleted.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}

// leave gives up the lock, so that others can delete the cluster.
func (l *lock) leave() error { return l.file.Close() }

// A provider is the part of kind that cleaning up needs.
type provider interface {
	List() ([]string, error)
	Delete(name, kubeconfig string) error
}

// clean deletes the clusters of runs that have ended, and returns their names. It leaves
// clusters without a lock file alone, whatever their names: they belong to other users of
// the same Docker.
func clean(p provider, dir string) (removed []string, err error) {
	names, err := locked(dir)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	there, err := p.List()
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		l, err := lockCluster(dir, name)
		if err != nil {
			return removed, err
		}
		if l == nil {
			continue // its run is still going
		}
		if slices.Contains(there, name) {
			// kind locks the kubeconfig from which it removes the cluster, so use one
			// in a directory of ours.
			if err := p.Delete(name, filepath.Join(dir, name+".kubeconfig")); err != nil {
				return removed, errors.Join(fmt.Errorf("delete the kind cluster %s: %w", name, err), l.leave())
			}
			removed = append(removed, name)
		}
		if err := l.release(); err != nil {
			return removed, err
		}
	}
	return removed, nil
}
