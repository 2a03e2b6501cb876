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

// A Writer appends to a record file. A line is on the disk when the call that wrote
// it returns. A Writer is not safe for concurrent use.
type Writer struct {
	file   *os.File
	check  *checker
	size   int64 // bytes of the whole lines
	broken error // set once the file no longer ends with a whole line
}

// Create starts a new record at path with its header line. If the file exists,
// Create leaves it alone and returns an error that wraps [fs.ErrExist].
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
		// A file without its header is useless.
		return nil, errors.Join(fmt.Errorf("%s: could not start the record: %w", path, err), file.Close(), os.Remove(path))
	}
	return w, nil
}

type existsError struct{ path string }

func (e *existsError) Error() string {
	return e.path + " exists; use --resume to go on from it or another --out"
}

func (e *existsError) Unwrap() error { return fs.ErrExist }

// ErrLocked means that another Writer has the record open.
var ErrLocked = errors.New("another run is writing it")

// lock locks the file against other Writers until it is closed, even by a crash. On
// a file system without locks it does nothing.
func lock(file *os.File) error {
	if errors.Is(unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB), unix.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", file.Name(), ErrLocked)
	}
	return nil
}

// Append opens the record at path to continue it, and returns its content. It cuts
// off what [Read] leaves out of a torn record. It refuses a record of an
// earlier version, because a file has only one version. If another Writer has the
// record open, the error wraps [ErrLocked].
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

// Write appends sessions, all or none of them. It refuses sessions that break the
// record's rules. When the disk is full it cuts the record back to its last whole
// line, so that the record stays valid. Write may then be tried again.
func (w *Writer) Write(sessions ...Session) error {
	if w.broken != nil {
		return w.broken
	}
	var lines []byte
	for _, s := range sessions {
		if err := w.check.session(s); err != nil {
			return fmt.Errorf("%s: not written: %w", w.file.Name(), err)
		}
		line, err := encodeSession(s)
		if err != nil {
			return fmt.Errorf("%s: session %d is not written: %w", w.file.Name(), s.Index, err)
		}
		lines = append(lines, line...)
	}
	if err := w.append(lines); err != nil {
		return fmt.Errorf("%s: session %d of %d could not be saved, those before it are kept (free space, then go on with --resume): %w",
			w.file.Name(), sessions[0].Index+1, len(w.check.plan.Order), err)
	}
	for _, s := range sessions {
		w.check.add(s)
	}
	return nil
}

// append writes lines to the disk, or leaves the file as it was.
func (w *Writer) append(lines []byte) error {
	_, err := w.file.WriteAt(lines, w.size)
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
	w.size += int64(len(lines))
	return nil
}

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }

// Encode writes a whole record to w. It checks what [Read] checks.
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

// encodeHeader and encodeSession write empty values as [] and {}, because the format
// has no null.
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
