package gobench

import (
	"bytes"
	"io"
)

// starts passes on what it reads, and finds the lines that a test binary prints at
// its start. A benchfmt.Reader does not show them if they say what it knows already.
type starts struct {
	from  io.Reader
	lines []int  // numbers of the lines that were found, from 1, and not yet passed
	line  int    // number of the unfinished line, less one
	begin []byte // what the unfinished line begins with
}

// startKeys begin these lines.
var startKeys = [][]byte{[]byte("goos:"), []byte("pkg:")}

// startLen is the length of the longest key.
const startLen = len("goos:")

func (s *starts) Read(p []byte) (int, error) {
	n, err := s.from.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n')
		part := rest
		if end >= 0 {
			part = rest[:end]
		}
		s.begin = append(s.begin, part[:min(len(part), startLen-len(s.begin))]...)
		if end < 0 {
			break
		}
		s.line++
		for _, key := range startKeys {
			if bytes.HasPrefix(s.begin, key) {
				s.lines = append(s.lines, s.line)
			}
		}
		s.begin, rest = s.begin[:0], rest[end+1:]
	}
	return n, err
}

// before returns how many lines before the given one it found since it was last asked.
func (s *starts) before(line int) (n int) {
	for n < len(s.lines) && s.lines[n] < line {
		n++
	}
	s.lines = s.lines[n:]
	return n
}
