package meter

import (
	"math"
	"sync"
	"time"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/process"
)

// SampleInterval is the interval of a [Sampler]. Reading a process costs about 20 µs,
// so ten processes take less than a thousandth of a core.
const SampleInterval = 500 * time.Millisecond

// A Sampler records what processes use while a session runs.
type Sampler struct {
	begun   time.Time
	sources map[string]func() (process.Usage, error)
	lines   map[string]bench.Timeline
	stop    chan struct{}
	done    sync.WaitGroup
}

// StartSampler starts to read each source, at once and then every interval.
func StartSampler(interval time.Duration, sources map[string]func() (process.Usage, error)) *Sampler {
	s := &Sampler{begun: time.Now(), sources: sources, lines: make(map[string]bench.Timeline), stop: make(chan struct{})}
	s.done.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			s.read()
			select {
			case <-ticker.C:
			case <-s.stop:
				s.read()
				return
			}
		}
	})
	return s
}

// read adds a point to the timeline of each source that has a figure.
func (s *Sampler) read() {
	for name, usage := range s.sources {
		u, err := usage()
		if err != nil {
			continue // it has ended, or the system does not report it
		}
		line := s.lines[name]
		line.Seconds = append(line.Seconds, rounded(time.Since(s.begun).Seconds(), 1e3))
		line.CPUSeconds = append(line.CPUSeconds, rounded(u.CPUSeconds, 1e6))
		line.ResidentB = append(line.ResidentB, u.ResidentB)
		s.lines[name] = line
	}
}

// rounded keeps the record small: digits beyond ms of time and µs of CPU mean nothing.
func rounded(v, per float64) float64 { return math.Round(v*per) / per }

// Stop reads each source once more, ends the sampling, and returns the timelines of
// all sources that had a figure.
func (s *Sampler) Stop() map[string]bench.Timeline {
	close(s.stop)
	s.done.Wait()
	return s.lines
}
