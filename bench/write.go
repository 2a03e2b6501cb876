package bench

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"

	"golang.org/x/sys/unix"
)

// A Writer appends to a record file. Each line is on the disk when the call
// that wrote it returns. It is not safe for concurrent use.
type Writer struct {
	file   *os.File
	check  *checker
	size   int64 // bytes of the whole lines
	broken error // why the file no longer ends with a whole line
}

// Create starts a new record at path with its header line. A file that exists
// is left alone, and is an error that wraps [fs.ErrExist].
func Create(path string, h Header) (*Writer, error) {
	check, err := newChecker(h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	line, err := encodeHeader(h)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, &existsError{path}
	}
	if err != nil {
		return nil, err
	}
	if err := lock(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	w := &Writer{file: file, check: check}
	if err := w.append(line); err != nil {
		// Without its header the file is of no use to anyone.
		return nil, errors.Join(fmt.Errorf("%s: could not start the record: %w", path, err), file.Close(), os.Remove(path))
	}
	return w, nil
}

type existsError struct{ path string }

func (e *existsError) Error() string {
	return e.path + " exists; use --resume to go on from it or another --out"
}

func (e *existsError) Unwrap() error { return fs.ErrExist }

// ErrLocked is wrapped by the error for a record that another Writer has open.
var ErrLocked = errors.New("another run is writing it")

// lock keeps other Writers from the file until it is closed, however that
// happens. A file system that has no locks goes without.
func lock(file *os.File) error {
	if errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", file.Name(), ErrLocked)
	}
	return nil
}

// Append opens the record at path to go on from it, and returns what it holds.
// An incomplete last line is cut off, and [Record.Torn] is set. A record of an
// earlier version is refused: two versions in one file could not be read. A record
// that another Writer has open is left alone, and is an error that wraps
// [ErrLocked].
func Append(path string) (*Writer, *Record, error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	if err := lock(file); err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	f, err := read(file, path)
	if err == nil && f.schema != Schema {
		err = fmt.Errorf("%s: an earlier perf-gate wrote this record, as %q, and this one cannot go on from it: measure again with another --out", path, f.schema)
	}
	if err == nil && f.record.Torn {
		err = file.Truncate(f.size)
	}
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return &Writer{file: file, check: f.check, size: f.size}, f.record, nil
}

// Write appends one session. A session that breaks the record's rules is
// refused. When the disk is full the record is cut back to its last whole line,
// so that it stays valid, and Write may be tried again.
func (w *Writer) Write(s Session) error {
	if w.broken != nil {
		return w.broken
	}
	if err := w.check.session(s); err != nil {
		return fmt.Errorf("%s: not written: %w", w.file.Name(), err)
	}
	line, err := encodeSession(s)
	if err != nil {
		return fmt.Errorf("%s: session %d is not written: %w", w.file.Name(), s.Index, err)
	}
	if err := w.append(line); err != nil {
		return fmt.Errorf("%s: session %d of %d could not be saved, those before it are kept (free space, then go on with --resume): %w",
			w.file.Name(), s.Index+1, len(w.check.plan.Order), err)
	}
	w.check.add(s)
	return nil
}

// append puts a line on the disk, or leaves the file as it was.
func (w *Writer) append(line []byte) error {
	_, err := w.file.WriteAt(line, w.size)
	if err == nil {
		err = w.file.Sync()
	}
	if err != nil {
		if path, ok := errors.AsType[*fs.PathError](err); ok {
			err = path.Err // the callers name the file
		}
		if cut := w.file.Truncate(w.size); cut != nil {
			w.broken = errors.Join(err, cut)
			return w.broken
		}
		return err
	}
	w.size += int64(len(line))
	return nil
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }

// Encode writes a whole record to w, under the rules of [Read].
func Encode(w io.Writer, rec *Record) error {
	check, err := newChecker(rec.Header)
	if err != nil {
		return err
	}
	line, err := encodeHeader(rec.Header)
	if err != nil {
		return err
	}
	if _, err := w.Write(line); err != nil {
		return err
	}
	for _, s := range rec.Sessions {
		if err := check.session(s); err != nil {
			return err
		}
		line, err := encodeSession(s)
		if err != nil {
			return fmt.Errorf("session %d: %w", s.Index, err)
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
		check.add(s)
	}
	return nil
}

// encodeHeader and encodeSession write what is empty as [] and {}, since the
// format has no null.
func encodeHeader(h Header) ([]byte, error) {
	h.Plan.Suites = append([]string{}, h.Plan.Suites...)
	builds := make(map[Arm]Build, len(h.Builds))
	for arm, b := range h.Builds {
		b.Args = append([]string{}, b.Args...)
		builds[arm] = b
	}
	h.Builds = builds
	return encodeLine(h)
}

func encodeSession(s Session) ([]byte, error) {
	s.Results = append([]Result{}, s.Results...)
	for i, r := range s.Results {
		if r.Metrics == nil {
			s.Results[i].Metrics = map[string]float64{}
		}
		if r.Samples != nil {
			samples := maps.Clone(r.Samples)
			maps.DeleteFunc(samples, func(_ string, values []float64) bool { return values == nil })
			s.Results[i].Samples = samples
		}
	}
	return encodeLine(s)
}

func encodeLine(v any) ([]byte, error) {
	var line bytes.Buffer
	e := stdjson.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	if line.Len() > maxLine {
		return nil, errLongLine
	}
	return line.Bytes(), nil
}
