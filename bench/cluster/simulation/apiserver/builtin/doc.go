// Package builtin serves the built-in Kubernetes APIs from their published
// description, without importing the API server that implements them.
//
// The Go types come from k8s.io/api. Resources and schemas come from embedded
// data that Kubernetes publishes (builtin.json.gz, see the generate directory).
// Storage, REST semantics and server-side apply are upstream library code. This
// package reimplements the parts of k8s.io/kubernetes that change what a client
// sees: defaults, generations, immutable fields, name rules, namespace
// termination, scale, and the addresses of services.
//
// Not reimplemented: other validation of contents, field selectors other
// than metadata.name and metadata.namespace, quota of any kind, graceful
// termination and quality of service of pods, the rounding of quantities, and
// table columns other than name and age.
package builtin

//go:generate sh -c "go run ./generate -kubernetes \"$(go mod download -json k8s.io/kubernetes@v1.36.3 | sed -n 's/.*\"Dir\": \"\\(.*\\)\".*/\\1/p')\" -o builtin.json.gz"
