// Package perfgate has perf-gate's own benchmarks of KRO. Its files are laid over
// KRO's tree and are in no repository of KRO.
package perfgate

import "testing"

// BenchmarkMicro runs all benchmarks. Their names are parameters, as in
// op=build/shape=chain/n=10.
func BenchmarkMicro(b *testing.B) {
	benchmarkBuild(b)
	benchmarkSchema(b)
	benchmarkCEL(b)
	benchmarkRuntime(b)
	benchmarkRoute(b)
	benchmarkGeneration(b)
}

// loop measures the work. The work runs once before, which checks its result and
// fills caches that KRO keeps for its whole life. The CPU time of the process is
// reported beside the time: on a busy machine, the work waits for a processor.
func loop(b *testing.B, work func() error) {
	b.Helper()
	if err := work(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	before := cpuTime(b)
	for b.Loop() {
		if err := work(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric((cpuTime(b)-before).Seconds()/float64(b.N), "cpu-sec/op")
}
