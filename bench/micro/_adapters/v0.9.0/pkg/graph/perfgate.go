package graph

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
)

// PerfGateBuilder returns a builder with the resolver and the mapper. Before v0.9.3,
// only this package can make one that does not ask a cluster.
func PerfGateBuilder(schemas resolver.SchemaResolver, mapper meta.RESTMapper) *Builder {
	return &Builder{schemaResolver: schemas, restMapper: mapper}
}
