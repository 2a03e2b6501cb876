package report

import (
	"fmt"
	"io"
	"strings"
)

// A format renders an input.
type format struct {
	name  string
	write func(io.Writer, Input) error
}

var formats = []format{
	{"text", writeText},
	{"json", writeJSON},
	{"markdown", writeMarkdown},
}

// Formats returns the names of the formats that [Write] accepts.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write writes the input in the named format. Markdown links charts relative to
// the directory that [WriteDir] writes. Write fails if the format is unknown or
// w fails.
func Write(w io.Writer, format string, in Input) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, in)
		}
	}
	return fmt.Errorf("unknown report format %q: use %s", format, strings.Join(Formats(), ", "))
}

// writeJSON writes the verdict as indented JSON.
func writeJSON(w io.Writer, in Input) error {
	content, err := in.Verdict.Encode()
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	return err
}
