// Package apiserver is the Kubernetes API server of the simulation: one process on plain
// HTTP/1.1, without etcd, certificates or other programs.
//
// # What is real
//
// Everything between the socket and the storage is the upstream code of
// Kubernetes 1.36: the generic API server (routing, content negotiation,
// server-side apply and the other patches, dry run, watch and streaming lists,
// finalizers, preconditions, field validation, discovery, OpenAPI v3), the
// server of custom resources (schemas, CEL rules, defaults, pruning,
// conversion, subresources, printer columns, selectable fields), and the
// admission plugins for namespace life cycle, validating admission policies
// and webhooks.
//
// # What is replaced
//
// Objects are kept by package memory, with the semantics of etcd's store.
// The built-in types are served by package builtin. This package empties a deleted
// namespace, as the controller manager does.
//
// # What is missing
//
//   - Controllers: pods never run, deployments never become ready, claims stay
//     pending, objects are not collected with their owner, and a namespace
//     gets no service account. Deleting with foreground or orphan propagation
//     leaves an object with a finalizer that nothing removes.
//   - Authentication and authorization: every client is a cluster
//     administrator. There are no access reviews and no tokens.
//   - Aggregated APIs, OpenAPI v2, API priority and fairness, quota.
//   - Groups with alpha or beta versions only, events.k8s.io, certificates and
//     dynamic resource allocation; and mutating admission policies.
//   - A watch cache. There is no delay between a write and its watch events.
package apiserver
