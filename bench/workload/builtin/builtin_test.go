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
		fmt.Fprintf(&b, "| `%s` | %s |", w.Suite, strings.TrimSuffix(builtin.Files(w.Suite).Comment(), "."))
		for _, profile := range workload.Profiles {
			fmt.Fprintf(&b, " %d |", w.Count(profile))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// TestEverySuiteIsMeasured checks that each suite has benchmarks in the largest profile, and
// that the suite is called like its directory.
func TestEverySuiteIsMeasured(t *testing.T) {
	for i, w := range builtin.Workloads(builtin.Suites) {
		if w.Suite != builtin.Suites[i] {
			t.Errorf("the directory %s has the suite %s", builtin.Suites[i], w.Suite)
		}
		if w.Count(workload.Full) == 0 {
			t.Errorf("%s measures nothing in the profile full", w.Suite)
		}
	}
}
