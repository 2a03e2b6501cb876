package builtin

import "slices"

// defaulters implement the defaults of the served Kubernetes version
// (pkg/apis/*/v1/defaults.go and the +default markers in k8s.io/api), except for
// storage drivers that Kubernetes no longer ships.
var defaulters = slices.Concat(
	coreDefaults,
	podDefaults,
	workloadDefaults,
	autoscalingDefaults,
	networkingDefaults,
	accessDefaults,
	storageDefaults,
)

// or sets *field to value if it is the zero value.
func or[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// orPtr makes *field point to value if it is nil.
func orPtr[T any](field **T, value T) {
	if *field == nil {
		*field = &value
	}
}
