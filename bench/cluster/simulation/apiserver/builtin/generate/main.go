// Command generate writes builtin.json.gz: the resources and schemas of the built-in
// Kubernetes APIs that the simulation serves. It takes them from the API documents in
// Kubernetes' source tree, without descriptions. The same tree always gives the same
// file.
//
// It reads a directory of the module k8s.io/kubernetes, which is never imported:
//
//	go mod download -json k8s.io/kubernetes@v1.36.3   # prints "Dir"
//	go run ./generate -kubernetes <dir> -o builtin.json.gz
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// served are the documents of the served APIs: the API roots, then one per group and
// version. Each group has one served version, so no conversion is needed.
var served = []string{
	"api", "apis", "version",
	"api__v1",
	"apis__admissionregistration.k8s.io__v1",
	"apis__apps__v1",
	"apis__autoscaling__v2",
	"apis__batch__v1",
	"apis__coordination.k8s.io__v1",
	"apis__discovery.k8s.io__v1",
	"apis__networking.k8s.io__v1",
	"apis__node.k8s.io__v1",
	"apis__policy__v1",
	"apis__rbac.authorization.k8s.io__v1",
	"apis__scheduling.k8s.io__v1",
	"apis__storage.k8s.io__v1",
}

// schemasOnly are documents of groups that other code serves.
var schemasOnly = []string{"apis__apiextensions.k8s.io__v1"}

// unserved are resources without effect: no plugin evaluates mutating admission
// policies.
var unserved = map[string]bool{
	"mutatingadmissionpolicies":       true,
	"mutatingadmissionpolicybindings": true,
}

// subresources are those that the simulation can serve. The others talk to kubelets
// or controllers.
var subresources = map[string]bool{"status": true, "scale": true, "finalize": true}

type document struct {
	Origin     string                     `json:"origin"`
	Kubernetes string                     `json:"kubernetes"`
	Resources  []metav1.APIResourceList   `json:"resources"`
	Schemas    map[string]json.RawMessage `json:"schemas"`
}

func main() {
	dir := flag.String("kubernetes", "", "directory of the k8s.io/kubernetes module")
	out := flag.String("o", "builtin.json.gz", "file to write")
	flag.Parse()
	if err := run(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(dir, out string) error {
	if dir == "" {
		return fmt.Errorf("-kubernetes is missing: the directory of a k8s.io/kubernetes module")
	}
	_, version, ok := strings.Cut(filepath.Base(dir), "@")
	if !ok {
		return fmt.Errorf("%s: the name of a module directory ends in @version", dir)
	}
	doc := document{
		Kubernetes: version,
		Origin:     "Kubernetes " + version + ", api/discovery and api/openapi-spec/v3, without descriptions; Copyright The Kubernetes Authors, Apache-2.0",
		Schemas:    map[string]json.RawMessage{},
	}
	for _, name := range served {
		list, err := resources(filepath.Join(dir, "api", "discovery", name+".json"))
		if err != nil {
			return err
		}
		if len(list.APIResources) > 0 {
			doc.Resources = append(doc.Resources, list)
		}
	}
	for _, name := range slices.Concat(served, schemasOnly) {
		if err := schemas(filepath.Join(dir, "api", "openapi-spec", "v3", name+"_openapi.json"), doc.Schemas); err != nil {
			return err
		}
	}
	return write(out, doc)
}

// resources reads a discovery document. It returns what the simulation serves:
// resources that can be stored, and their known subresources.
func resources(file string) (metav1.APIResourceList, error) {
	var list metav1.APIResourceList
	data, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return list, nil // the API roots have no resource list
	}
	if err != nil {
		return list, err
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return list, fmt.Errorf("%s: %w", file, err)
	}
	kept := map[string]bool{}
	for _, r := range list.APIResources {
		if slices.Contains(r.Verbs, "create") && slices.Contains(r.Verbs, "watch") && !unserved[r.Name] {
			kept[r.Name] = true
		}
	}
	list.APIResources = slices.DeleteFunc(list.APIResources, func(r metav1.APIResource) bool {
		parent, sub, isSub := strings.Cut(r.Name, "/")
		return !kept[parent] || isSub && !subresources[sub]
	})
	for i := range list.APIResources {
		list.APIResources[i].Verbs = nil             // follow from the storage
		list.APIResources[i].StorageVersionHash = "" // names the real storage
	}
	return list, nil
}

// schemas adds the component schemas of an OpenAPI document to all. A name has the
// same schema in every document.
func schemas(file string, all map[string]json.RawMessage) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var doc struct {
		Components struct {
			Schemas map[string]map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.Components.Schemas)) {
		schema := doc.Components.Schemas[name]
		// The served kinds follow from the scheme and differ per document.
		delete(schema, "x-kubernetes-group-version-kind")
		stripSchema(schema)
		encoded, err := json.Marshal(schema)
		if err != nil {
			return err
		}
		if known, ok := all[name]; ok && !reflect.DeepEqual(known, json.RawMessage(encoded)) {
			return fmt.Errorf("%s: schema %s differs from an earlier document's", file, name)
		}
		all[name] = encoded
	}
	return nil
}

// stripSchema removes the description of a schema and of all schemas in it. It
// follows the structure and not the keys, because a property can have the name
// "description".
func stripSchema(schema map[string]any) {
	delete(schema, "description")
	for _, key := range []string{"items", "additionalProperties", "not"} {
		if sub, ok := schema[key].(map[string]any); ok {
			stripSchema(sub)
		}
	}
	for _, key := range []string{"allOf", "anyOf", "oneOf"} {
		subs, _ := schema[key].([]any)
		for _, sub := range subs {
			stripSchema(sub.(map[string]any))
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for _, sub := range properties {
		stripSchema(sub.(map[string]any))
	}
}

func write(out string, doc document) error {
	var file bytes.Buffer
	z, err := gzip.NewWriterLevel(&file, gzip.BestCompression)
	if err != nil {
		return err
	}
	z.Comment = doc.Origin
	if err := json.NewEncoder(z).Encode(doc); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(out, file.Bytes(), 0o644)
}
