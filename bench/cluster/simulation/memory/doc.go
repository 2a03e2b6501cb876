// Package memory keeps the objects of the simulated Kubernetes API server in
// memory. It implements [storage.Interface] with the semantics of the etcd
// store that the real server uses, so that everything above the storage (REST
// handlers, admission, custom resources) is upstream code that cannot tell the
// difference.
//
// A [Backend] is the counterpart of one etcd: a single revision counter over
// all resources. Per resource it holds the current records and a bounded
// history of events. A watch is a cursor into that history: replaying an old
// revision, following live changes and being told "too old" are one mechanism,
// a slow watcher never delays a writer, and nothing queues up per watcher. A
// list at an old revision is the present with the history undone.
//
// Records hold encoded bytes; each store decodes them with its own codec. This
// keeps the versions of a custom resource, and a resource whose schema was
// edited, right on read, and makes an update that changes nothing recognisable
// by comparing bytes: such an update leaves the revision alone and emits no
// event, which decides how often a controller is woken.
package memory
