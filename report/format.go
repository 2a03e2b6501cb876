package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/gate"
)

// A format renders a verdict and its record.
type format struct {
	name  string
	write func(io.Writer, *gate.Verdict, *bench.Record) error
}

var formats = []format{
	{"text", writeText},
	{"json", writeJSON},
	{"markdown", writeMarkdown},
}

// Formats returns the names [Write] knows.
func Formats() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.name
	}
	return names
}

// Write renders the verdict in the named format; r is the record that v was
// decided on. Markdown links its charts relative to the directory that
// [WriteDir] writes. It fails when the format is unknown or w does.
func Write(w io.Writer, format string, v *gate.Verdict, r *bench.Record) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, v, r)
		}
	}
	return fmt.Errorf("unknown report format %q: use %s", format, strings.Join(Formats(), ", "))
}

// writeJSON writes the verdict itself, indented.
func writeJSON(w io.Writer, v *gate.Verdict, _ *bench.Record) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
