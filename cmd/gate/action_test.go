package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/cmd/gate/action"
)

// actionFile is the part of action.yml that has to agree with other files.
type actionFile struct {
	Inputs  []entry
	Outputs []entry
	Runs    struct {
		Using string
		Steps []struct {
			ID   string            `yaml:"id"`
			Uses string            `yaml:"uses"`
			Env  map[string]string `yaml:"env"`
			Run  string            `yaml:"run"`
		}
	}
}

// entry is an input or output.
type entry struct {
	Name, Description, Value string
	Default                  *string
}

func readAction(t *testing.T) actionFile {
	t.Helper()
	data, err := os.ReadFile("../../action.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs  yaml.Node
		Outputs yaml.Node
		Runs    yaml.Node
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	entries := func(n yaml.Node) (list []entry) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			var e entry
			if err := n.Content[i+1].Decode(&e); err != nil {
				t.Fatal(err)
			}
			e.Name = n.Content[i].Value
			list = append(list, e)
		}
		return list
	}
	a := actionFile{Inputs: entries(file.Inputs), Outputs: entries(file.Outputs)}
	if err := file.Runs.Decode(&a.Runs); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestActionInputs checks that every input reaches the program through the
// environment, and no input in another way.
func TestActionInputs(t *testing.T) {
	a := readAction(t)
	want := map[string]string{}
	for _, in := range a.Inputs {
		if in.Default == nil {
			t.Errorf("input %s has no default", in.Name)
		}
		want[action.InputVariable(in.Name)] = "${{ inputs." + in.Name + " }}"
	}
	for _, step := range a.Runs.Steps {
		if strings.Contains(step.Run, "${{") {
			t.Errorf("an expression reaches the shell: %s", step.Run)
		}
		if step.Uses != "" {
			t.Errorf("the action uses %s, which is not available everywhere", step.Uses)
		}
		if step.ID == "gate" {
			if diff := cmp.Diff(want, step.Env); diff != "" {
				t.Error("environment of the step: -inputs +action.yml\n", diff)
			}
		}
	}
	for _, out := range a.Outputs {
		if want := "${{ steps.gate.outputs." + out.Name + " }}"; out.Value != want {
			t.Errorf("output %s is %s, want %s", out.Name, out.Value, want)
		}
	}
}

// TestActionDocs generates the tables of the README from action.yml.
func TestActionDocs(t *testing.T) {
	const page = "../../README.md"
	a := readAction(t)
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	want := got
	for name, list := range map[string][]entry{"inputs": a.Inputs, "outputs": a.Outputs} {
		var table bytes.Buffer
		if name == "inputs" {
			table.WriteString("| input | default | meaning |\n|---|---|---|\n")
		} else {
			table.WriteString("| output | meaning |\n|---|---|\n")
		}
		for _, e := range list {
			meaning := strings.Join(strings.Fields(e.Description), " ")
			if name == "outputs" {
				fmt.Fprintf(&table, "| `%s` | %s |\n", e.Name, meaning)
				continue
			}
			value := ""
			if e.Default != nil && *e.Default != "" {
				value = "`" + *e.Default + "`"
			}
			fmt.Fprintf(&table, "| `%s` | %s | %s |\n", e.Name, value, meaning)
		}
		begin, end := "<!-- "+name+": generated from action.yml -->\n", "<!-- "+name+": end -->\n"
		before, rest, ok := bytes.Cut(want, []byte(begin))
		_, after, closed := bytes.Cut(rest, []byte(end))
		if !ok || !closed {
			t.Fatalf("%s lacks %q or %q", page, begin, end)
		}
		want = fmt.Appendf(nil, "%s%s%s%s%s", before, begin, table.Bytes(), end, after)
	}
	if *update {
		if err := os.WriteFile(page, want, 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-update rewrites it): -action.yml +page\n%s", page, diff)
	}
}
