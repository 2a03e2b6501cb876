package workload

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// good is a workload in which each broken one differs by one file.
var good = Files{
	"rgd.yaml": []byte(`apiVersion: kro.run/v1alpha1
kind: ResourceGraphDefinition
metadata: {name: app}
spec: {schema: {apiVersion: v1alpha1, kind: App, spec: {value: string}}}
`),
	"instance.yaml": []byte(`apiVersion: kro.run/v1alpha1
kind: App
metadata: {name: !cel name}
spec: {value: one}
`),
	"workload.yaml": []byte(`sizes: {quick: [{n: 1}]}
benchmarks:
  - {op: create, ops: !cel n, do: [{create: instance}]}
`),
}

// TestBrokenWorkloads loads workloads with one mistake each. Each part of
// testdata/broken.txtar is a file that replaces one of the good workload, and begins with a
// comment that has the message.
func TestBrokenWorkloads(t *testing.T) {
	if _, err := Load(good, "good"); err != nil {
		t.Fatalf("the good workload: %v", err)
	}
	archive, err := txtar.ParseFile(filepath.Join("testdata", "broken.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		t.Run(file.Name, func(t *testing.T) {
			first, _, _ := strings.Cut(string(file.Data), "\n")
			want := strings.TrimPrefix(first, "# ")
			broken := Files{filepath.Base(file.Name): file.Data}
			for name, content := range good {
				if broken[name] == nil {
					broken[name] = content
				}
			}
			_, err := Load(broken, "mine")
			if err == nil {
				t.Fatal("it is accepted")
			}
			if err.Error() != want {
				t.Errorf("the message is\n%v\nwant\n%s", err, want)
			}
			checkMessage(t, err)
		})
	}
}

var place = regexp.MustCompile(`^mine/[^ ]+:\d+:\d+: `)

// checkMessage checks that a message is one line, with the place of the mistake where it
// has one.
func checkMessage(t *testing.T, err error) {
	t.Helper()
	message := err.Error()
	if strings.Contains(message, "\n") || !place.MatchString(message) && !strings.HasPrefix(message, "workload mine: ") {
		t.Errorf("the message is not one line with a place: %q", message)
	}
}

func TestMissingFiles(t *testing.T) {
	for missing, want := range map[string]string{
		"workload.yaml": "workload mine: there is no workload.yaml, which says what to do",
		"rgd.yaml":      "workload mine: no file has a ResourceGraphDefinition; add rgd.yaml",
		"instance.yaml": "workload mine: no file has an instance; add instance.yaml, with an object of a kind that an RGD defines",
	} {
		dir := Files{}
		for name, content := range good {
			if name != missing {
				dir[name] = content
			}
		}
		if _, err := Load(dir, "mine"); err == nil || err.Error() != want {
			t.Errorf("without %s: %v, want %s", missing, err, want)
		}
	}
}

func TestTwoInstances(t *testing.T) {
	dir := Files{}
	for name, content := range good {
		dir[name] = content
	}
	dir["b.yaml"], dir["a.yaml"] = dir["instance.yaml"], dir["instance.yaml"]
	if w, err := Load(dir, "mine"); err != nil || w.Instance == nil {
		t.Errorf("with an instance.yaml: %v", err)
	}
	delete(dir, "instance.yaml")
	const want = "workload mine: there are instances in a.yaml and in b.yaml; call the file of the one to measure instance.yaml"
	if _, err := Load(dir, "mine"); err == nil || err.Error() != want {
		t.Errorf("without: %v, want %s", err, want)
	}
}

// long matches numbers with which an expression makes more than fits into memory.
var long = regexp.MustCompile(`\d{4}|e\d`)

// FuzzLoad changes the files of the built-in workloads. Load must end without a panic, and
// an error must be one line with a place.
func FuzzLoad(f *testing.F) {
	dirs, err := filepath.Glob("builtin/*/" + File)
	if err != nil || len(dirs) == 0 {
		f.Fatalf("no workloads: %v", err)
	}
	for _, description := range dirs {
		files, err := ReadFiles(os.DirFS(filepath.Dir(description)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(files["rgd.yaml"], files["instance.yaml"], files[File])
	}
	f.Fuzz(func(t *testing.T, rgd, instance, description []byte) {
		for _, file := range [][]byte{rgd, instance, description} {
			if long.Match(file) {
				t.Skip()
			}
		}
		_, err := Load(Files{"rgd.yaml": rgd, "instance.yaml": instance, File: description}, "mine")
		if err != nil {
			checkMessage(t, err)
		}
	})
}
