// Package suite measures workloads. It turns their scenarios into API requests, watches
// for the outcomes, and reads what the controller spent.
//
// KRO is a black box: suite uses only the Kubernetes API and what every release of KRO
// offers (status.state of RGDs and instances). An operation ends when the watch event that
// shows its outcome is received. Its cost is read after the controller has settled.
package suite
