// Package show writes workloads for a reader: what there is to measure, and what the first
// operations of a size send.
package show

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/bench/workload"
)

// A Source is a workload with its files.
type Source struct {
	Name string // of its directory
	*workload.Workload
	Files workload.Files
}

// List writes a line for each workload: its suite, its numbers of benchmarks in the profiles,
// and what it is.
func List(w io.Writer, sources []Source) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(table, "suite")
	for _, p := range workload.Profiles {
		fmt.Fprintf(table, "\t%s", p)
	}
	fmt.Fprintln(table, "\t")
	for _, s := range sources {
		name := s.Suite
		if s.Name != s.Suite {
			name += " (" + s.Name + ")"
		}
		fmt.Fprint(table, name)
		for _, p := range workload.Profiles {
			fmt.Fprintf(table, "\t%d", s.Count(p))
		}
		fmt.Fprintf(table, "\t%s\n", title(s.Files))
	}
	return table.Flush()
}

// title returns the first words of the description's comment, up to a colon or a full stop.
func title(files workload.Files) string {
	text := files.Comment()
	if end := strings.IndexAny(text, ":."); end >= 0 {
		text = text[:end]
	}
	return text
}

// Files writes a workload's files, and then what its first size in a profile sends.
func Files(w io.Writer, s Source, p workload.Profile) error {
	var out bytes.Buffer
	for _, name := range s.Files.Names() {
		fmt.Fprintf(&out, "# --- %s/%s\n%s\n", s.Name, name, bytes.TrimSpace(s.Files[name]))
	}
	if err := first(&out, s.Workload, p); err != nil {
		return err
	}
	_, err := w.Write(out.Bytes())
	return err
}

// first writes the benchmarks of a profile, and the requests of the first size.
func first(out *bytes.Buffer, w *workload.Workload, p workload.Profile) error {
	sizes := w.Scenarios(p)
	if len(sizes) == 0 {
		fmt.Fprintf(out, "# --- the profile %s has no size\n", p)
		return nil
	}
	fmt.Fprintf(out, "# --- the benchmarks of the profile %s\n", p)
	for _, s := range sizes {
		for _, b := range s.Benchmarks {
			fmt.Fprintf(out, "# %s: %d operations\n", b.Name, b.Ops)
		}
	}
	fmt.Fprintf(out, "# --- what the first size of the profile %s sends\n", p)
	size := sizes[0]
	requests := func(heading string, actions []workload.Action) error {
		for _, a := range actions {
			if err := request(out, heading, a, size.Vars); err != nil {
				return err
			}
		}
		return nil
	}
	if err := requests("once", size.Setup); err != nil {
		return err
	}
	if err := requests("for each instance that is prepared", size.Prepare); err != nil {
		return err
	}
	for _, b := range size.Benchmarks {
		if err := requests(b.Name, b.Do); err != nil {
			return err
		}
	}
	return nil
}

// instanceName stands for the name that perf-gate gives an instance.
const instanceName = "abcdef-00001"

// request writes an action of the first operation: what is sent, and what ends it.
func request(out *bytes.Buffer, heading string, a workload.Action, size workload.Vars) error {
	vars, err := a.Vars(size, instanceName, 0, 0)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "---\n# %s: %s\n", heading, a.Describe(vars))
	if a.Object == nil {
		return nil
	}
	body, err := a.Object.Object(vars)
	if err != nil {
		return err
	}
	if a.Until != nil {
		fmt.Fprintf(out, "# until: %s\n", strings.Join(strings.Fields(a.Until.String()), " "))
	}
	switch a.Verb {
	case workload.Create, workload.Update:
	case workload.Patch:
		if body, err = a.With.Object(vars); err != nil {
			return err
		}
	default: // nothing is sent
		return nil
	}
	text, err := yaml.Dump(body, yaml.WithIndent(2))
	if err != nil {
		return err
	}
	out.Write(text)
	return nil
}
