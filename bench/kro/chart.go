package kro

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// release is the name of the installed chart and of its objects. It does not collide
// with a KRO that users have installed.
const release = "perf-gate-kro"

// render returns the objects of a chart for a namespace, without its CRDs.
func render(chart, namespace string, values map[string]any) ([]*unstructured.Unstructured, error) {
	loaded, err := loader.LoadDir(chart)
	if err != nil {
		return nil, fmt.Errorf("KRO's chart: %w", err)
	}
	all, err := util.ToRenderValues(loaded, values, common.ReleaseOptions{
		Name: release, Namespace: namespace, Revision: 1, IsInstall: true,
	}, common.DefaultCapabilities)
	if err != nil {
		return nil, fmt.Errorf("values of KRO's chart: %w", err)
	}
	files, err := engine.Render(loaded, all)
	if err != nil {
		return nil, fmt.Errorf("KRO's chart: %w", err)
	}
	var names []string
	for name := range files {
		if strings.HasSuffix(name, ".yaml") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var objects []*unstructured.Unstructured
	for _, name := range names {
		decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(files[name])), 4096)
		for {
			object := &unstructured.Unstructured{}
			err := decoder.Decode(&object.Object)
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("KRO's chart: %s: %w", name, err)
			}
			if len(object.Object) > 0 { // a template may be empty
				objects = append(objects, object)
			}
		}
	}
	return objects, nil
}
