package meter

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"runtime"
	"slices"
	"time"
)

// Workload runs the control workload and returns the CPU time of each of its pieces. A
// piece is the same work every time, about ten milliseconds of what a controller does:
// it reads JSON, hashes, and walks through memory. Its time depends only on the
// machine. The whole workload takes about a fifth of a second, in this process.
func Workload() []time.Duration {
	memory := make([]byte, workloadMemory)
	runtime.LockOSThread() // whose CPU time is read
	defer runtime.UnlockOSThread()
	took := make([]time.Duration, 0, workloadPieces)
	for range workloadPieces {
		began := threadTime()
		workloadPiece(memory)
		took = append(took, threadTime()-began)
	}
	return took
}

// WorkloadSeconds returns the median time of the pieces, in seconds.
func WorkloadSeconds(took []time.Duration) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)/2].Seconds()
}

const workloadPieces = 15

// workloadObject resembles an object that a controller reads.
var workloadObject = bytes.Join([][]byte{
	[]byte(`{"kind":"Web","metadata":{"name":"a","labels":{"app":"a"},"generation":1},"spec":{"containers":[`),
	bytes.Repeat([]byte(`{"name":"c","image":"registry/app:v1","ports":[{"containerPort":8080}],"env":[{"name":"A","value":"b"}]},`), 24),
	[]byte(`{"name":"last"}]}}`),
}, nil)

// workloadMemory is larger than the caches of one core.
const workloadMemory = 4 << 20

func workloadPiece(memory []byte) {
	for range 120 {
		var object map[string]any
		if err := json.Unmarshal(workloadObject, &object); err != nil {
			panic(err) // a constant
		}
		sum := sha256.Sum256(workloadObject)
		memory[sum[0]] ^= sum[1]
	}
	for i := 0; i < len(memory); i += 64 {
		memory[i]++
	}
}
