// Package local is a cluster of real processes without containers: a kube-apiserver, an etcd,
// and in front of them a proxy that counts requests (see package proxy). There is no
// controller other than KRO, and there are no nodes, so pods never run.
//
// The API server's own writes to etcd, such as leases, are turned off, so that etcd's counters
// show only the writes of the work. etcd does not wait for the disk, because the speed of the
// disk says nothing about KRO.
package local
