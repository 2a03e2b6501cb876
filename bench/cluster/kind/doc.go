// Package kind is the cluster in which KRO runs as its users run it: as a pod, in
// Kubernetes in Docker. sigs.k8s.io/kind creates the cluster for the run. A cluster that
// exists already can be used too and is left as it was.
//
// In a cluster that the run created, the API server writes an audit log of KRO's requests
// and of no others. It gives exact counts by verb and resource. Writes to etcd are not
// counted, because the cluster's own controllers write all the time. The usage of processes
// is read in the node itself, because the kubelet looks only every 10 s.
package kind
