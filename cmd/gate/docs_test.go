package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/kro/perf-gate/cmd/gate/config"
	"github.com/kro/perf-gate/gate"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestReadme decodes the example configuration of the README.
func TestReadme(t *testing.T) {
	var examples [][]byte
	for _, block := range readmeYAML(t) {
		if !bytes.Contains(block, []byte("\njobs:\n")) {
			examples = append(examples, block)
		}
	}
	if len(examples) != 1 {
		t.Fatalf("%d configurations, want 1", len(examples))
	}
	cfg := config.Default()
	if _, err := config.Decode("README.md", examples[0], &cfg); err != nil {
		t.Error(err)
	}
}

// TestReadmeWorkflows checks that the workflows of the README only use inputs that the
// action has, and actions that the project's own workflows pin.
func TestReadmeWorkflows(t *testing.T) {
	known := map[string]bool{}
	for _, in := range readAction(t).Inputs {
		known[in.Name] = true
	}
	var own []byte
	files, err := filepath.Glob("../../.github/workflows/*.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, content...)
	}
	found := 0
	for _, block := range readmeYAML(t) {
		var workflow struct {
			Jobs map[string]struct {
				Steps []struct {
					Uses string         `yaml:"uses"`
					With map[string]any `yaml:"with"`
				}
			}
		}
		if err := yaml.Unmarshal(block, &workflow); err != nil {
			t.Fatalf("%v:\n%s", err, block)
		}
		for _, job := range workflow.Jobs {
			for _, step := range job.Steps {
				if step.Uses != "kro/perf-gate@v1" {
					if !bytes.Contains(own, []byte("uses: "+step.Uses+" # v")) {
						t.Errorf("%s is not the version that .github/workflows pins", step.Uses)
					}
					continue
				}
				found++
				for name := range step.With {
					if !known[name] {
						t.Errorf("the action has no input %s", name)
					}
				}
			}
		}
	}
	if found != 3 {
		t.Errorf("%d steps use the action, want one in each of 3 workflows", found)
	}
}

func readmeYAML(t *testing.T) (blocks [][]byte) {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range yamlBlock.FindAllSubmatch(data, -1) {
		blocks = append(blocks, match[1])
	}
	return blocks
}

// TestConfigDocs runs the examples of docs/config.md.
func TestConfigDocs(t *testing.T) {
	data, err := os.ReadFile("../../docs/config.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	blocks := yamlBlock.FindAllStringSubmatch(doc, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d YAML examples, want a configuration and the rules of a policy", len(blocks))
	}
	cfg := config.Default()
	if _, err := config.Decode("example", []byte(blocks[0][1]), &cfg); err != nil {
		t.Error(err)
	}
	policy := "policy:\n  " + strings.ReplaceAll(blocks[1][1], "\n", "\n  ")
	if _, err := config.Decode("example", []byte(policy), &cfg); err != nil {
		t.Error(err)
	}

	for _, wrong := range []string{
		"profile: quick\nsesions: 5\n",
		"policy:\n  rules:\n    - when: metrics == \"B/op\"\n      gate: false\n",
	} {
		_, err = config.Decode("perf-gate.yaml", []byte(wrong), &cfg)
		if want := fmt.Sprintf("gate: %v\n", err); !strings.Contains(doc, want) {
			t.Errorf("the docs do not show this error as it is now:\n%s", want)
		}
	}

	for _, key := range []string{"alpha", "confidence", "fail-on-inconclusive"} {
		if !strings.Contains(doc, "| `"+key+"` |") {
			t.Errorf("the docs do not describe %s", key)
		}
	}
	for class, tolerance := range gate.DefaultPolicy().Tolerance {
		row := regexp.MustCompile(fmt.Sprintf("(?m)^\\| `tolerance\\.%s` \\| .* \\| `%v` \\|$", class, tolerance))
		if !row.MatchString(doc) {
			t.Errorf("the docs do not say that tolerance.%s is %v by default", class, tolerance)
		}
	}
}
