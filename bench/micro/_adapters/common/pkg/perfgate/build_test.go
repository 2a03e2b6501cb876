package perfgate

import (
	"fmt"
	"testing"

	"github.com/kubernetes-sigs/kro/pkg/graph"
)

// benchmarkBuild measures how an RGD becomes a graph.
func benchmarkBuild(b *testing.B) {
	for _, sweep := range []struct {
		shape string
		sizes []int
	}{
		{"flat", []int{2, 10, 50}},
		{"chain", []int{2, 10, 50}},
		{"ladder", []int{10, 20}},
		{"expressions", []int{10, 100}},
		{"properties", []int{10, 100}},
		{"collection", []int{1, 10}},
	} {
		for _, n := range sweep.sizes {
			b.Run(fmt.Sprintf("op=build/shape=%s/n=%d", sweep.shape, n), func(b *testing.B) {
				builder, rgd := newBuilder(b), newRGD(sweep.shape, n)
				g, err := builder.NewResourceGraphDefinition(rgd, limits)
				if err != nil {
					b.Fatal(err)
				}
				if err := checkGraph(g, sweep.shape, n); err != nil {
					b.Fatal(err)
				}
				loop(b, func() error {
					_, err := builder.NewResourceGraphDefinition(rgd, limits)
					return err
				})
			})
		}
	}
}

// checkGraph checks the resources of a graph, what they depend on, their expressions
// and the fields of the instance.
func checkGraph(g *graph.Graph, shape string, n int) error {
	resources, fields := n, 2
	switch shape {
	case "expressions":
		resources = 1
		// The name is an expression as well.
		if got := len(g.Nodes[id(0)].Variables); got != n+1 {
			return fmt.Errorf("the graph has %d expressions instead of %d", got, n+1)
		}
	case "properties":
		resources, fields = 1, n
	}
	if got := len(g.TopologicalOrder); got != resources {
		return fmt.Errorf("the graph has %d resources instead of %d", got, resources)
	}
	for i := range resources {
		node := g.Nodes[id(i)]
		if node == nil {
			return fmt.Errorf("the graph has no resource %s", id(i))
		}
		if got, want := len(node.Meta.Dependencies), len(dependencies(shape, i)); got != want {
			return fmt.Errorf("resource %s has %d dependencies instead of %d", id(i), got, want)
		}
	}
	spec := g.CRD.Spec.Versions[0].Schema.OpenAPIV3Schema.Properties["spec"]
	if got := len(spec.Properties); got != fields {
		return fmt.Errorf("the instance has %d fields instead of %d", got, fields)
	}
	return nil
}
