package meter

import (
	"testing"
	"time"
)

// The workload takes long enough to be measured and is short enough for every session.
// The bounds allow a machine with a tenth of the speed.
func TestWorkload(t *testing.T) {
	took := Workload()
	if s := WorkloadSeconds(took); len(took) != workloadPieces || s < 0.001 || s > 0.2 {
		t.Errorf("%d pieces of %v s, want %d of about 0.01 s", len(took), s, workloadPieces)
	}
	if got := WorkloadSeconds([]time.Duration{3 * time.Second, time.Second, 2 * time.Second}); got != 2 {
		t.Errorf("the median of 1, 2 and 3 s is %v", got)
	}
}

func BenchmarkWorkload(b *testing.B) {
	memory := make([]byte, workloadMemory)
	for b.Loop() {
		workloadPiece(memory)
	}
}
