// Package kind is the cluster in which KRO runs as its users run it: as a pod of
// a Kubernetes in Docker, which sigs.k8s.io/kind creates for the run, or which is
// there already and is left as it was.
//
// The API server of a cluster that is created here writes an audit log of what
// KRO asks for, and nobody else, which gives exact counts by verb and resource.
// etcd's writes are not counted: the cluster's own controllers write all the time.
// What the processes use over time is read in the node itself, since the kubelet
// looks every 10 s only.
package kind
