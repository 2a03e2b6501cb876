package baseline

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// Key returns the name of a record's environment. Records with the same key were
// measured on the same kind of machine, in the same kind of cluster and with the
// same profile, so their figures can be compared. The key has a readable part and
// a hash of all relevant properties, and is safe as a file name:
//
//	simulation-quick-linux-amd64-2cpu-5e6f1a2b3c
//
// The memory size is not part of it. The kernel reports slightly different sizes
// from one boot to the next, and the size does not affect any figure.
func Key(h bench.Header) string {
	e := h.Environment
	hash := sha256.New()
	fields := []string{
		h.Plan.Cluster, string(h.Plan.ControlPlane), h.Plan.Profile, strings.Join(h.Plan.Pprof, ","),
		e.OS, e.Arch, e.CPU, fmt.Sprint(e.CPUs), e.Kernel, e.Image, e.Go, e.Kubernetes,
	}
	if e.NodeImage != "" { // keeps the keys of records without one
		fields = append(fields, e.NodeImage)
	}
	if len(h.Plan.ControllerArgs) > 0 {
		fields = append(fields, fmt.Sprint(h.Plan.ControllerArgs))
	}
	for _, field := range fields {
		fmt.Fprintf(hash, "%q\n", field) // quoted, so that different lists of fields never look the same
	}
	return fmt.Sprintf("%s-%s-%s-%s-%dcpu-%.5x",
		slug(h.Plan.Cluster), slug(h.Plan.Profile), slug(e.OS), slug(e.Arch), e.CPUs, hash.Sum(nil))
}

// slug returns the first lower-case letters and digits of a field.
func slug(field string) string {
	const most = 16
	s := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(field))
	if s == "" {
		return "unknown"
	}
	return s[:min(len(s), most)]
}
