package kind

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"

	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/process"
)

// statScript writes a line for each process of interest in a node, twice a second: its name,
// its user and system CPU time in ticks, and its resident pages without those of files
// (proc(5), /proc/PID/stat and statm). The first line gives the node's ticks per second and
// bytes per page. The kubelet measures much the same, but only every 10 s.
const statScript = `echo ticks $(getconf CLK_TCK) $(getconf PAGESIZE)
while :; do
  for p in /proc/[0-9]*/stat; do
    { read -r line <$p; } 2>/dev/null || continue
    case $line in
    *"(kube-apiserver)"* | *"(etcd)"* | *"(controller)"*)
      { read -r _ resident files _ <${p}m; } 2>/dev/null || continue
      name=${line#*\(}; name=${name%%\)*}; set -- ${line##*\) }
      echo $name ${12} ${13} $((resident - files));;
    esac
  done
  sleep 0.5
done`

// processNames are the names of processes in records, by their names in a node.
var processNames = map[string]string{"kube-apiserver": "apiserver", "etcd": "etcd", "controller": "controller"}

// stats reads the output of statScript while it grows.
type stats struct {
	mu          sync.Mutex
	file        *os.File
	torn        []byte // the start of an incomplete line
	ticks, page float64
	last        map[string]process.Usage
	fresh       map[string]bool // not returned yet
}

// startStats starts to measure the processes of a node, until ctx is done or the returned
// process ends.
func startStats(ctx context.Context, node, path string) (*stats, *process.Process, error) {
	child, err := process.Start(ctx, process.Spec{
		Name: "the node " + node, Path: "docker", Log: path,
		Args: []string{"exec", node, "bash", "-c", statScript},
	})
	if err != nil {
		return nil, nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		child.Kill()
		return nil, nil, err
	}
	return &stats{file: file, last: make(map[string]process.Usage), fresh: make(map[string]bool)}, child, nil
}

// processes returns the usage of the node's processes, by their names in records. In a node
// that is not ours, controller is left out, because other processes may have that name.
func (s *stats) processes(ours bool) map[string]cluster.Usage {
	processes := make(map[string]cluster.Usage)
	for inside, name := range processNames {
		if name == "controller" && !ours {
			continue
		}
		usage := func() (process.Usage, error) { return s.usage(inside) }
		if name != "controller" { // the controller starts with the session
			usage = cluster.Since(usage)
		}
		processes[name] = usage
	}
	return processes
}

// usage returns the last figure of a process. Without a new figure since the last call, it
// returns an error.
func (s *stats) usage(name string) (process.Usage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.read(); err != nil {
		return process.Usage{}, err
	}
	if !s.fresh[name] {
		return process.Usage{}, fmt.Errorf("no new figure of %s", name)
	}
	s.fresh[name] = false
	return s.last[name], nil
}

// read parses the lines that are new since the last call.
func (s *stats) read() error {
	data, err := io.ReadAll(s.file)
	if err != nil {
		return err
	}
	data = append(s.torn, data...)
	end := bytes.LastIndexByte(data, '\n') + 1
	s.torn = append([]byte(nil), data[end:]...)
	for line := range strings.Lines(string(data[:end])) {
		s.parse(strings.Fields(line))
	}
	return nil
}

func (s *stats) parse(fields []string) {
	numbers := make([]float64, 0, 3)
	for i, field := range fields {
		n, err := strconv.ParseFloat(field, 64)
		if i > 0 && err == nil {
			numbers = append(numbers, n)
		}
	}
	switch {
	case len(fields) == 3 && len(numbers) == 2 && fields[0] == "ticks":
		s.ticks, s.page = numbers[0], numbers[1]
	case len(fields) == 4 && len(numbers) == 3 && s.ticks > 0:
		s.last[fields[0]] = process.Usage{CPUSeconds: (numbers[0] + numbers[1]) / s.ticks, ResidentB: uint64(numbers[2] * s.page)}
		s.fresh[fields[0]] = true
	}
}
