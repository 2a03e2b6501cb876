package builtin_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/builtin"
)

var update = flag.Bool("update", false, "rewrite the generated documentation")

const (
	docFile = "../../../docs/workloads.md"
	begin   = "<!-- built-in: generated; go test ./bench/workload/builtin -update rewrites it -->\n"
	end     = "<!-- built-in: end -->\n"
)

// TestDocs checks the table of the built-in workloads in the docs.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile(docFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(data), begin)
	got, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s has no lines %q and %q", docFile, begin, end)
	}
	want := table()
	if *update {
		if err := os.WriteFile(docFile, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s differs from the workloads (-want +got):\n%s", docFile, diff)
	}
}

// table lists the workloads, what each of them is, and its benchmarks in each profile.
func table() string {
	var b strings.Builder
	b.WriteString("| suite | what it does | quick | standard | full |\n|---|---|---|---|---|\n")
	for _, w := range builtin.Workloads(builtin.Suites) {
		fmt.Fprintf(&b, "| `%s` | %s |", w.Suite, comment(builtin.Files(w.Suite)))
		for _, profile := range workload.Profiles {
			n := 0
			for _, s := range w.Scenarios(profile) {
				n += len(s.Benchmarks)
			}
			fmt.Fprintf(&b, " %d |", n)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// comment returns the comment with which a description begins.
func comment(files workload.Files) string {
	var words []string
	for line := range strings.Lines(string(files[workload.File])) {
		text, ok := strings.CutPrefix(line, "#")
		if !ok {
			break
		}
		words = append(words, strings.Fields(text)...)
	}
	return strings.TrimSuffix(strings.Join(words, " "), ".")
}

// TestEverySuiteIsMeasured checks that each suite has benchmarks in the largest profile, and
// that the suite is called like its directory.
func TestEverySuiteIsMeasured(t *testing.T) {
	for i, w := range builtin.Workloads(builtin.Suites) {
		if w.Suite != builtin.Suites[i] {
			t.Errorf("the directory %s has the suite %s", builtin.Suites[i], w.Suite)
		}
		if len(w.Scenarios(workload.Full)) == 0 {
			t.Errorf("%s measures nothing in the profile full", w.Suite)
		}
	}
}
