// Workload acts as KRO: it works, and writes the pprof profiles of its work
// into the directory that it is given. With "slow" it does one thing more.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"strings"
)

var document = []byte(`{"items":[` + strings.TrimSuffix(strings.Repeat(`{"name":"a","ports":[1,2,3]},`, 200), ",") + `]}`)

// sink keeps results from being optimised away.
var sink any

func main() {
	dir := os.Args[1]
	runtime.MemProfileRate = 4096
	cpu, err := os.Create(filepath.Join(dir, "cpu"))
	check(err)
	check(pprof.StartCPUProfile(cpu))
	steady()
	if len(os.Args) > 2 && os.Args[2] == "slow" {
		done := make(chan struct{})
		go func() { // as a controller's workers are
			defer close(done)
			decode[map[string]any](1500)
		}()
		<-done
	}
	pprof.StopCPUProfile()
	check(cpu.Close())
	runtime.GC()
	heap, err := os.Create(filepath.Join(dir, "heap"))
	check(err)
	check(pprof.WriteHeapProfile(heap))
	check(heap.Close())
}

// steady is the same work each time.
//
//go:noinline
func steady() {
	for range 50_000 {
		sum := sha256.Sum256(document)
		sink = sum[0]
	}
}

// decode is generic and works in a closure, and what it costs is the library's.
//
//go:noinline
func decode[T any](n int) {
	each(n, func() {
		var v T
		check(json.Unmarshal(document, &v))
		sink = v
	})
}

func each(n int, do func()) {
	for range n {
		do()
	}
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
