package baseline

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/kro/perf-gate/bench"
)

// Key names the environment of a record: records of the same key were measured
// on the same kind of machine, in the same kind of cluster and by the same
// profile, so that their figures can be compared. It is a readable part and a
// hash over everything that counts, and is safe as a file name:
//
//	simulation-quick-linux-amd64-2cpu-5e6f1a2b3c
//
// The size of the memory does not count: the kernel reports it a little
// differently from one boot to the next, and it does not move a figure.
func Key(h bench.Header) string {
	e := h.Environment
	hash := sha256.New()
	fields := []string{
		h.Plan.Cluster, string(h.Plan.ControlPlane), h.Plan.Profile, strings.Join(h.Plan.Pprof, ","),
		e.OS, e.Arch, e.CPU, fmt.Sprint(e.CPUs), e.Kernel, e.Image, e.Go, e.Kubernetes,
	}
	if e.NodeImage != "" { // so that keys from before it was recorded hold
		fields = append(fields, e.NodeImage)
	}
	for _, field := range fields {
		fmt.Fprintf(hash, "%q\n", field) // quoted, so that no two lists of fields look alike
	}
	return fmt.Sprintf("%s-%s-%s-%s-%dcpu-%.5x",
		slug(h.Plan.Cluster), slug(h.Plan.Profile), slug(e.OS), slug(e.Arch), e.CPUs, hash.Sum(nil))
}

// slug reduces a field to a few lower-case letters and digits.
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
