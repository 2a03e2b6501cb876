// Package existing is the cluster that a kubeconfig names, whatever it is.
//
// It works in namespaces of its own and labels all that it makes, so that it
// removes nothing else. Nothing in the cluster counts requests by client, so
// KRO's own client metrics tell how many there were, in total.
package existing
