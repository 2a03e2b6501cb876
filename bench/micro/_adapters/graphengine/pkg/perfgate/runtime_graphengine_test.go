package perfgate

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/cel-go/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/kubernetes-sigs/kro/api/v1alpha1"
	krocel "github.com/kubernetes-sigs/kro/pkg/cel"
	"github.com/kubernetes-sigs/kro/pkg/graphengine/compiler"
	"github.com/kubernetes-sigs/kro/pkg/graphengine/registry"
	"github.com/kubernetes-sigs/kro/pkg/graphengine/rgdadapter"
	"github.com/kubernetes-sigs/kro/pkg/graphengine/runtime"
)

// programOptions returns the options with which KRO makes CEL programs.
func programOptions() []cel.ProgramOption { return krocel.DefaultProgramOptions() }

// newCompiler returns a compiler for the kinds of [newCluster]. It needs the schema of
// the instance as well, because the status is a patch of it.
func newCompiler() *compiler.Compiler {
	resolver, mapper := newCluster()
	text := *spec.StringProperty()
	object := func(properties map[string]spec.Schema) spec.Schema {
		return spec.Schema{SchemaProps: spec.SchemaProps{Type: []string{"object"}, Properties: properties}}
	}
	schema := object(map[string]spec.Schema{
		"apiVersion": text,
		"kind":       text,
		"metadata":   object(map[string]spec.Schema{"name": text, "namespace": text}),
		"spec":       object(map[string]spec.Schema{"value": text, "numbers": *spec.ArrayProperty(spec.Int64Property())}),
		"status":     object(map[string]spec.Schema{"echo": text}),
	})
	resolver.AddSchema(instanceKind, &schema)
	return compiler.NewCompilerWithDependencies(resolver, mapper)
}

// newReconcile returns what KRO evaluates in a reconcile: a runtime of the compiled
// program, which is in KRO's cache, and in it every resource and the patch of the
// status. What the executor does with the objects of a cluster is left out.
func newReconcile(b *testing.B, rgd *v1alpha1.ResourceGraphDefinition, instance *unstructured.Unstructured) reconcile {
	b.Helper()
	programs := newCompiler()
	cache := registry.New()
	return func() (last []*unstructured.Unstructured, status *unstructured.Unstructured, err error) {
		rt, _, err := rgdadapter.BuildRuntimeForInstanceCached(
			rgd, instance, programs, cache, runtime.WithMaxCollectionSize(limits.MaxCollectionSize))
		if err != nil {
			return nil, nil, err
		}
		for _, node := range rt.Nodes() {
			if _, err := node.IsIgnored(); err != nil {
				return nil, nil, err
			}
			desired, err := node.Resolve()
			if err != nil {
				return nil, nil, err
			}
			node.SetObserved(desired, desired)
			switch {
			case node.ID() == rgdadapter.StatusPatchNodeID:
				status = desired[0]
			case node.IsCollection():
				last = desired
				list := make([]any, 0, len(desired))
				for _, object := range desired {
					list = append(list, object.Object)
				}
				rt.Set(node.ID(), list)
			default:
				last = desired
				rt.Set(node.ID(), desired[0].Object)
			}
			if err := node.CheckReadiness(); err != nil {
				return nil, nil, err
			}
		}
		if status == nil {
			return nil, nil, errors.New("the program has no patch of the status")
		}
		return last, status, nil
	}
}

// benchmarkGeneration measures how an RGD becomes a program of the graph engine, which
// executes it instead of the graph.
func benchmarkGeneration(b *testing.B) {
	for _, shape := range []string{"chain", "ladder"} {
		for _, n := range []int{10, 20} {
			b.Run(fmt.Sprintf("op=compile/shape=%s/n=%d", shape, n), func(b *testing.B) {
				programs, rgd, instance := newCompiler(), newRGD(shape, n), newInstance(0)
				loop(b, func() error {
					rt, _, err := rgdadapter.BuildRuntimeForInstanceCached(rgd, instance, programs, registry.New())
					if err != nil {
						return err
					}
					// The instance and its status are nodes as well.
					if got := len(rt.Nodes()); got != n+2 {
						return fmt.Errorf("the program has %d nodes instead of %d", got, n+2)
					}
					return nil
				})
			})
		}
	}
}
