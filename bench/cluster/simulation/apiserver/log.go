package apiserver

import (
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// quietLog discards the log of the upstream code. The log is long and complains about parts
// that the simulation leaves out on purpose. Clients get failures as answers. quietLog acts
// once, because the logger must not be replaced while a server runs.
var quietLog = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })
