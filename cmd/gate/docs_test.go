package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/kro/perf-gate/gate"
)

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// TestReadme decodes the example configuration of the README.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := yamlBlock.FindAllSubmatch(data, -1)
	if len(examples) != 1 {
		t.Fatalf("%d YAML examples, want 1", len(examples))
	}
	cfg := defaultConfig()
	if _, err := decodeConfig("README.md", examples[0][1], &cfg); err != nil {
		t.Error(err)
	}
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
	cfg := defaultConfig()
	if _, err := decodeConfig("example", []byte(blocks[0][1]), &cfg); err != nil {
		t.Error(err)
	}
	policy := "policy:\n  " + strings.ReplaceAll(blocks[1][1], "\n", "\n  ")
	if _, err := decodeConfig("example", []byte(policy), &cfg); err != nil {
		t.Error(err)
	}

	_, err = decodeConfig("perf-gate.yaml", []byte("profile: quick\nsesions: 5\n"), &cfg)
	if want := "gate: " + err.Error() + "\n"; !strings.Contains(doc, want) {
		t.Errorf("the docs do not show this error as it is now:\n%s", want)
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
