package apiserver

import (
	"sync"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
)

// quietLog discards the log of the upstream code, which tells its life story
// and complains about much that a simulation leaves out on purpose. Failures
// reach the clients as answers. It acts once: the logger may not be replaced
// while a server runs.
var quietLog = sync.OnceFunc(func() { klog.SetLogger(logr.Discard()) })
