package bench

import (
	"bufio"
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"sigs.k8s.io/json"
)

// RecordFile is the name of the record in a run's directory.
const RecordFile = "record.jsonl"

// maxLine bounds one line, so that a hostile file or one that is not a record
// cannot use up all memory. A session of the full profile is below 1 MiB.
const maxLine = 16 << 20

// A SyntaxError is an error at one position of a record.
type SyntaxError struct {
	File   string
	Line   int // from 1
	Column int // in bytes, from 1; 0 when only the line is known
	Msg    string
}

func (e *SyntaxError) Error() string {
	if e.Column > 0 {
		return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Msg)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// FindRecord returns the path of a record. The path given is that of a run's
// directory or of the record itself.
func FindRecord(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.IsDir() {
		return path, nil
	}
	record := filepath.Join(path, RecordFile)
	if _, err := os.Stat(record); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s holds no %s: name the directory of a run, or a record", path, RecordFile)
		}
		return "", err
	}
	return record, nil
}

// ReadFile reads the record at path; see [Read].
func ReadFile(path string) (*Record, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Read(f, path)
}

// Read decodes a record strictly: an unknown field, or one that contradicts the
// plan, is a [*SyntaxError], which names the file by name. Read upgrades a record of
// the version before [Schema]. After a
// crash, a record may end within a line, or within a round whose arms took turns by
// blocks. Read leaves that line or round out and sets [Record.Torn].
func Read(r io.Reader, name string) (*Record, error) {
	f, err := read(r, name)
	if err != nil {
		return nil, err
	}
	return f.record, nil
}

// A recordFile is the record in a file, with the state needed to append to it.
type recordFile struct {
	record *Record
	schema string   // as in the file; the record is upgraded to [Schema]
	check  *checker // of all sessions in the record
	size   int64    // bytes of the whole lines
	last   int64    // bytes of the last line
}

// dropLone drops the last session if the other arm's session of its round is missing
// and both were measured at once. It reports whether it dropped one.
func (f *recordFile) dropLone() bool {
	if f.check.lone < 0 {
		return false
	}
	last := len(f.record.Sessions) - 1
	f.check.remove(f.record.Sessions[last])
	f.record.Sessions = f.record.Sessions[:last]
	f.size -= f.last
	return true
}

func read(r io.Reader, name string) (*recordFile, error) {
	lines := bufio.NewReaderSize(r, 1<<16)
	f := &recordFile{record: &Record{}}
	for number := 1; ; number++ {
		line, err := readLine(lines)
		torn := errors.Is(err, io.ErrUnexpectedEOF)
		switch {
		case errors.Is(err, io.EOF) && number == 1:
			return nil, &SyntaxError{name, number, 0, "the file is empty: a record starts with a header line"}
		case torn && number == 1:
			return nil, &SyntaxError{name, number, 0, "the header line is incomplete, so nothing was measured yet: remove the file and measure again"}
		case errors.Is(err, io.EOF), torn:
			f.record.Torn = f.dropLone() || torn
			return f, nil
		case errors.Is(err, errLongLine):
			return nil, &SyntaxError{name, number, 0, err.Error()}
		case err != nil:
			return nil, fmt.Errorf("%s: %w", name, err)
		}

		var syntax *SyntaxError
		if number == 1 {
			syntax = f.readHeader(line)
		} else {
			syntax = f.readSession(line)
		}
		if syntax != nil {
			syntax.File, syntax.Line = name, number
			return nil, syntax
		}
		f.last = int64(len(line))
		f.size += f.last
	}
}

func (f *recordFile) readHeader(line []byte) *SyntaxError {
	// Look at the version first: an unknown field of another version would hide it.
	var version struct {
		Schema string `json:"schema"`
	}
	if err := json.UnmarshalCaseSensitivePreserveInts(line, &version); err != nil || version.Schema == "" {
		return &SyntaxError{Msg: fmt.Sprintf("not a record of perf-gate: its first line must be a header with schema %q", Schema)}
	}
	f.schema = version.Schema
	h := &f.record.Header
	switch f.schema {
	case Schema:
		if err := decode(line, h); err != nil {
			return err
		}
	case schemaV3:
		var old headerV3
		if err := decode(line, &old); err != nil {
			return err
		}
		*h = old.upgrade()
	default:
		h.Schema = f.schema // the checker refuses it
	}
	var err error
	if f.check, err = newChecker(*h); err != nil {
		return &SyntaxError{Msg: err.Error()}
	}
	return nil
}

func (f *recordFile) readSession(line []byte) *SyntaxError {
	var s Session
	if err := decode(line, &s); err != nil {
		return err
	}
	if err := f.check.session(s); err != nil {
		return &SyntaxError{Msg: err.Error()}
	}
	f.check.add(s)
	f.record.Sessions = append(f.record.Sessions, s)
	return nil
}

// decode decodes one line. It is strict where encoding/json is lenient: letter case,
// unknown and duplicate fields, and null, which would decode as a zero that nobody
// measured.
func decode(line []byte, v any) *SyntaxError {
	if len(bytes.TrimSpace(line)) == 0 {
		return &SyntaxError{Msg: "empty line"}
	}
	strict, err := json.UnmarshalStrict(line, v)
	if len(strict) > 0 {
		return &SyntaxError{Msg: strict[0].Error()}
	}
	if err != nil {
		return explain(err)
	}
	tokens := stdjson.NewDecoder(bytes.NewReader(line))
	for {
		token, err := tokens.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return explain(err)
		}
		if token == nil {
			return &SyntaxError{Column: int(tokens.InputOffset()) - len("null") + 1, Msg: "null is not a value: leave out what was not measured"}
		}
	}
}

func explain(err error) *SyntaxError {
	var mismatch *stdjson.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		field := mismatch.Field
		if field == "" {
			field = "line"
		}
		return &SyntaxError{Column: int(mismatch.Offset), Msg: fmt.Sprintf("%s: want %s, got %s", field, jsonType(mismatch), mismatch.Value)}
	}
	if ok, offset := json.SyntaxErrorOffset(err); ok {
		return &SyntaxError{Column: int(offset), Msg: err.Error()}
	}
	var moment *time.ParseError
	if errors.As(err, &moment) {
		return &SyntaxError{Msg: fmt.Sprintf("%q is not a time: want RFC 3339, such as 2026-01-31T15:04:05Z", strings.Trim(moment.Value, `"`))}
	}
	return &SyntaxError{Msg: err.Error()}
}

// jsonType names the JSON type that a field wants.
func jsonType(e *stdjson.UnmarshalTypeError) string {
	switch e.Type.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0"
	case reflect.Float64:
		return "a 64-bit number"
	case reflect.Slice:
		return "an array"
	default:
		return "an object"
	}
}

// errLongLine is the error for a line above maxLine.
var errLongLine = fmt.Errorf("the line is longer than %d MiB: not a record of perf-gate", maxLine>>20)

// readLine returns the next line with its newline. For a last line without one, the
// error is io.ErrUnexpectedEOF.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case len(line) > maxLine:
			return nil, errLongLine
		case err == nil:
			return line, nil
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
