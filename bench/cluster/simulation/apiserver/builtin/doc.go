// Package builtin serves the built-in Kubernetes APIs from their published
// description, without importing the API server that implements them.
//
// The Go types come from k8s.io/api; resources and schemas from embedded data
// that Kubernetes publishes (builtin.json.gz, see the generate directory).
// Storage, REST semantics and server-side apply are upstream library code.
// What upstream keeps in k8s.io/kubernetes is restated here, as far as it
// changes what a client sees: defaults, generations, what an update may not
// change, name rules, namespace termination, scale, and the addresses of
// services.
//
// Not restated: the validation of contents beyond that, field selectors other
// than metadata.name and metadata.namespace, quota of any kind, graceful
// termination and quality of service of pods, the rounding of quantities, and
// table columns other than name and age.
package builtin

//go:generate sh -c "go run ./generate -kubernetes \"$(go mod download -json k8s.io/kubernetes@v1.36.3 | sed -n 's/.*\"Dir\": \"\\(.*\\)\".*/\\1/p')\" -o builtin.json.gz"
