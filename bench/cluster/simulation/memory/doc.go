// Package memory keeps the objects of the simulated Kubernetes API server in
// memory. It implements [storage.Interface] with the semantics of the etcd
// store that the real server uses. Everything above the storage (REST handlers,
// admission, custom resources) is upstream code and works the same on both.
//
// A [Backend] corresponds to one etcd: it has a single revision counter for all
// resources. Per resource it holds the current records and a bounded history of
// events. A watch is a cursor into that history. Replaying from an old revision,
// following live changes and reporting "too old" are one mechanism. A slow
// watcher never delays a writer, and there are no queues per watcher. A list at
// an old revision is the current state with the history undone.
//
// Records hold encoded bytes, and each store decodes them with its own codec. So
// the versions of a custom resource, and a resource with an edited schema, are
// read correctly. An update that changes nothing shows in a comparison of bytes:
// it does not change the revision and emits no event. That decides how often a
// controller wakes up.
package memory
