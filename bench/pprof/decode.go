package pprof

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/google/pprof/profile"
)

// maxSize limits an uncompressed profile, in bytes. KRO's profiles are about one
// hundredth of that.
const maxSize = 64 << 20

// gzipMagic starts every profile that net/http/pprof serves.
var gzipMagic = []byte{0x1f, 0x8b}

// decode reads a compressed profile from an untrusted source.
func decode(data []byte) (*profile.Profile, error) {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not a gzipped profile: %w", err)
	}
	content, err := io.ReadAll(io.LimitReader(unzipped, maxSize+1))
	if err != nil {
		return nil, fmt.Errorf("not a gzipped profile: %w", err)
	}
	if len(content) > maxSize {
		return nil, fmt.Errorf("a profile of more than %d MiB is refused", maxSize>>20)
	}
	p, err := profile.ParseUncompressed(content)
	if err != nil {
		return nil, fmt.Errorf("not a profile: %w", err)
	}
	if err := p.CheckValid(); err != nil {
		return nil, fmt.Errorf("not a profile: %w", err)
	}
	return p, nil
}
