package derive_test

import (
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/derive"
)

var update = flag.Bool("update", false, "rewrite the derived files in testdata")

// TestDescription derives the descriptions of the directories in testdata. Each is an
// archive, in which the files below want are derived.
func TestDescription(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no directories: %v", err)
	}
	for _, path := range archives {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		t.Run(name, func(t *testing.T) {
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			given, want := workload.Files{}, map[string]string{}
			for _, file := range archive.Files {
				if derived, ok := strings.CutPrefix(file.Name, "want/"); ok {
					want[derived] = string(file.Data)
				} else {
					given[file.Name] = file.Data
				}
			}
			d, err := derive.Description(given, name)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]string{}
			if len(d.Left) > 0 {
				got["left.txt"] = strings.Join(d.Left, "\n") + "\n"
			}
			for file, content := range d.Files {
				got[file] = string(content)
			}
			if *update {
				rewrite(t, path, archive, given, got)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			maps.Copy(d.Files, given)
			w, err := workload.Load(d.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, profile := range workload.Profiles {
				if len(w.Scenarios(profile)) != 1 {
					t.Errorf("%d sizes in profile %s, want 1", len(w.Scenarios(profile)), profile)
				}
			}
		})
	}
}

func rewrite(t *testing.T, path string, archive *txtar.Archive, given workload.Files, derived map[string]string) {
	t.Helper()
	archive.Files = nil
	for _, name := range given.Names() {
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: given[name]})
	}
	for _, name := range []string{"left.txt", "child.yaml", workload.File} {
		if content := derived[name]; content != "" {
			archive.Files = append(archive.Files, txtar.File{Name: "want/" + name, Data: []byte(content)})
		}
	}
	if err := os.WriteFile(path, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}
