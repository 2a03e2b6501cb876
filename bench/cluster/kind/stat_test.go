package kind

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/kro/perf-gate/bench/process"
)

func TestStats(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	log, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := &stats{file: file, last: make(map[string]process.Usage), fresh: make(map[string]bool)}
	processes := s.processes(true)
	write := func(text string) {
		t.Helper()
		if _, err := log.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	none := func(name string) {
		t.Helper()
		if u, err := processes[name](); err == nil {
			t.Errorf("%s used %+v, want nothing", name, u)
		}
	}
	is := func(name string, cpu float64, memory uint64) {
		t.Helper()
		if u, err := processes[name](); err != nil || math.Abs(u.CPUSeconds-cpu) > 1e-9 || u.ResidentB != memory {
			t.Errorf("%s used %+v, %v; want %v, %v", name, u, err, cpu, memory)
		}
	}

	none("controller")
	write("ticks 100 4096\netcd 68 25 10\nnonsense\ncontroller 1 2")
	none("controller") // half a line
	is("etcd", 0, 10*4096)
	none("etcd") // returned already
	write(" 3\netcd 90 53 20\n")
	is("controller", 0.03, 3*4096)
	is("etcd", 0.5, 20*4096) // since the first reading
	none("apiserver")
}

// The script finds processes by name, and its figures agree with the kernel's.
func TestStatScript(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a node is a Linux")
	}
	dir := t.TempDir()
	shell, err := exec.LookPath("bash")
	if err != nil {
		t.Skip(err)
	}
	const name = "stat-test" // the kernel keeps 15 letters
	program := filepath.Join(dir, name)
	data, err := os.ReadFile(shell)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, data, 0o755); err != nil {
		t.Fatal(err)
	}
	busy, err := process.Start(t.Context(), process.Spec{Name: "busy", Path: program, Args: []string{"-c", "while :; do :; done"}, Log: filepath.Join(dir, "busy.log")})
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Kill()
	script, err := process.Start(t.Context(), process.Spec{Name: "script", Path: shell, Args: []string{"-c", strings.ReplaceAll(statScript, "(controller)", "("+name+")")}, Log: filepath.Join(dir, "script.log")})
	if err != nil {
		t.Fatal(err)
	}
	defer script.Kill()
	file, err := os.Open(filepath.Join(dir, "script.log"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := &stats{file: file, last: make(map[string]process.Usage), fresh: make(map[string]bool)}
	var told process.Usage
	for deadline := time.Now().Add(20 * time.Second); told.CPUSeconds < 0.2; time.Sleep(50 * time.Millisecond) {
		if u, err := s.usage(name); err == nil {
			told = u
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(dir, "script.log"))
			t.Fatalf("told %+v; the script wrote:\n%s", told, strings.TrimSpace(string(log)))
		}
	}
	now, err := busy.Usage()
	if err != nil {
		t.Fatal(err)
	}
	if told.CPUSeconds > now.CPUSeconds+0.02 || told.ResidentB == 0 || told.ResidentB > 10*now.ResidentB {
		t.Errorf("told %+v, the kernel says %+v", told, now)
	}
}
