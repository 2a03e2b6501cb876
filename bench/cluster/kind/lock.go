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

// newName draws the name of a cluster, so that runs beside each other have
// different ones.
func newName() string {
	letters := make([]byte, 6)
	for i := range letters {
		letters[i] = byte('a' + rand.IntN(26))
	}
	return prefix + string(letters)
}

// A lock says that the run which a cluster belongs to goes on. It is gone with
// the process that holds it, however that ends.
type lock struct{ file *os.File }

// suffix is that of the file of a lock; before it stands the cluster's name.
const suffix = ".lock"

// lockCluster locks a cluster; the lock is nil when another process holds it.
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

// locked lists the clusters that runs have locked, whether they go on or were
// killed.
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

// release gives the lock up, once there is no cluster any more.
func (l *lock) release() error {
	return errors.Join(os.Remove(l.file.Name()), l.file.Close())
}

// leave gives the lock up for others to delete the cluster.
func (l *lock) leave() error { return l.file.Close() }

// A provider is what of kind it takes to clean up.
type provider interface {
	List() ([]string, error)
	Delete(name, kubeconfig string) error
}

// clean deletes the clusters of runs that no longer go on, and returns the names
// of those that were there. Clusters without a lock are none of theirs, whatever
// they are called: other users of the same Docker have locks of their own.
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
			continue // its run goes on
		}
		if slices.Contains(there, name) {
			// kind locks the kubeconfig that it takes the cluster out of, so that
			// this has to be in a directory of ours.
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
