// Package local is the cluster of real processes without containers: a
// kube-apiserver and an etcd, with a proxy before them that counts requests (see
// package proxy). There are no controllers but KRO and no nodes: pods never run.
//
// What the API server would write to etcd on its own, such as leases, is turned
// off, so that etcd's counters tell what the work has written; and etcd does not
// wait for the disk, whose speed is no property of KRO.
package local
