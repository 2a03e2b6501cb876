// Package existing is the cluster that a kubeconfig names, of any kind.
//
// A run works in namespaces of its own and labels everything it creates, so that it deletes
// nothing else. Nothing in the cluster counts requests by client, so only their total is
// known, from the metrics of KRO's own client.
package existing
