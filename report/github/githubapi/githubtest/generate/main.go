// Command generate writes openapi.json.gz, an extract from GitHub's description of
// its REST API. It has the operations that perf-gate uses and everything that they
// refer to, without the prose. The same description gives the same file, byte for
// byte.
//
// It fetches the description as the npm package @octokit/openapi. It reads the
// package and never runs it.
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// operations lists the operations to extract: all that the fake serves.
var operations = map[string][]string{
	"/repos/{owner}/{repo}": {"get"},
	"/repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}": {"get"},
	"/repos/{owner}/{repo}/actions/runs/{run_id}/artifacts":                  {"get"},
	"/repos/{owner}/{repo}/commits/{commit_sha}/pulls":                       {"get"},
	"/repos/{owner}/{repo}/check-runs":                                       {"post"},
	"/repos/{owner}/{repo}/check-runs/{check_run_id}":                        {"patch"},
	"/repos/{owner}/{repo}/collaborators/{username}/permission":              {"get"},
	"/repos/{owner}/{repo}/commits/{ref}/check-runs":                         {"get"},
	"/repos/{owner}/{repo}/compare/{basehead}":                               {"get"},
	"/repos/{owner}/{repo}/git/blobs":                                        {"post"},
	"/repos/{owner}/{repo}/git/blobs/{file_sha}":                             {"get"},
	"/repos/{owner}/{repo}/git/commits":                                      {"post"},
	"/repos/{owner}/{repo}/git/commits/{commit_sha}":                         {"get"},
	"/repos/{owner}/{repo}/git/ref/{ref}":                                    {"get"},
	"/repos/{owner}/{repo}/git/refs":                                         {"post"},
	"/repos/{owner}/{repo}/git/refs/{ref}":                                   {"patch"},
	"/repos/{owner}/{repo}/git/trees":                                        {"post"},
	"/repos/{owner}/{repo}/git/trees/{tree_sha}":                             {"get"},
	"/repos/{owner}/{repo}/issues/comments/{comment_id}":                     {"patch"},
	"/repos/{owner}/{repo}/issues/{issue_number}/comments":                   {"get", "post"},
	"/repos/{owner}/{repo}/issues/{issue_number}/events":                     {"get"},
	"/repos/{owner}/{repo}/pulls":                                            {"get"},
	"/repos/{owner}/{repo}/pulls/{pull_number}":                              {"get"},
}

func main() {
	version := flag.String("version", "", "the `version` of the npm package @octokit/openapi")
	out := flag.String("o", "", "the `file` to write")
	flag.Parse()
	if err := generate(*version, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

// fetch returns GitHub's description.
func fetch(version string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "openapi-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	npm := exec.Command("npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", dir, "@octokit/openapi@"+version)
	if output, err := npm.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", npm, err, output)
	}
	return os.ReadFile(filepath.Join(dir, "node_modules", "@octokit", "openapi", "generated", "api.github.com.json"))
}

func generate(version, out string) error {
	content, err := fetch(version)
	if err != nil {
		return err
	}
	var source map[string]any
	if err := json.Unmarshal(content, &source); err != nil {
		return err
	}
	extracted, err := extract(source)
	if err != nil {
		return err
	}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return err
	}
	// Encoding sorts the keys, which makes the file reproducible.
	if err := errors.Join(json.NewEncoder(w).Encode(extracted), w.Close()); err != nil {
		return err
	}
	return os.WriteFile(out, zipped.Bytes(), 0o644)
}

// extract returns the description of the operations.
func extract(source map[string]any) (map[string]any, error) {
	all, _ := source["paths"].(map[string]any)
	paths := map[string]any{}
	for path, methods := range operations {
		item, ok := all[path].(map[string]any)
		if !ok {
			return nil, fmt.Errorf("the description has no path %s", path)
		}
		taken := map[string]any{}
		for _, method := range methods {
			if taken[method], ok = item[method]; !ok {
				return nil, fmt.Errorf("the description has no %s %s", strings.ToUpper(method), path)
			}
		}
		paths[path] = taken
	}
	components := map[string]any{}
	if err := follow(paths, source, components); err != nil {
		return nil, err
	}
	for kind, named := range components {
		if kind != "examples" {
			components[kind] = withoutProse(named)
		}
	}
	return map[string]any{
		"openapi":    source["openapi"],
		"info":       source["info"], // it names the licence, MIT
		"paths":      withoutProse(paths),
		"components": components,
	}, nil
}

// follow copies everything that node refers to, at any depth, into components.
func follow(node any, source, components map[string]any) error {
	switch node := node.(type) {
	case []any:
		for _, child := range node {
			if err := follow(child, source, components); err != nil {
				return err
			}
		}
	case map[string]any:
		if ref, ok := node["$ref"].(string); ok {
			return followRef(ref, source, components)
		}
		for _, child := range node {
			if err := follow(child, source, components); err != nil {
				return err
			}
		}
	}
	return nil
}

func followRef(ref string, source, components map[string]any) error {
	parts := strings.Split(ref, "/") // #/components/schemas/simple-user
	if len(parts) != 4 || parts[0] != "#" || parts[1] != "components" {
		return fmt.Errorf("cannot follow the reference %q", ref)
	}
	kind, name := parts[2], parts[3]
	kinds, _ := source["components"].(map[string]any)
	named, _ := kinds[kind].(map[string]any)
	target, ok := named[name]
	if !ok {
		return fmt.Errorf("the reference %q has no target", ref)
	}
	taken, ok := components[kind].(map[string]any)
	if !ok {
		taken = map[string]any{}
		components[kind] = taken
	}
	if _, done := taken[name]; done {
		return nil
	}
	taken[name] = target
	return follow(target, source, components)
}

// withoutProse drops the parts that do not affect validation, but keeps examples,
// which the fake's answers are based on. A description that is not a string is a
// property of that name. A response must have a description, so it gets an empty
// one.
func withoutProse(node any) any {
	switch node := node.(type) {
	case []any:
		kept := make([]any, len(node))
		for i, child := range node {
			kept[i] = withoutProse(child)
		}
		return kept
	case map[string]any:
		kept := map[string]any{}
		for key, child := range node {
			_, isText := child.(string)
			switch {
			case strings.HasPrefix(key, "x-"), key == "externalDocs":
			case key == "examples":
				kept[key] = child
			case key == "description" && isText:
				if _, isResponse := node["content"]; isResponse {
					kept[key] = ""
				}
			default:
				kept[key] = withoutProse(child)
			}
		}
		return kept
	}
	return node
}
