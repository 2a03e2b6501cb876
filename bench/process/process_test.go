package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T, script string, grace time.Duration) *Process {
	t.Helper()
	p, err := Start(context.Background(), Spec{
		Name: "child", Path: "/bin/sh", Args: []string{"-c", script},
		Log: filepath.Join(t.TempDir(), "child.log"), Grace: grace,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}

func TestExitedShowsCommandAndLog(t *testing.T) {
	p := start(t, "echo first; echo 'no such thing' >&2; exit 3", 0)
	<-p.Done()
	err := p.Exited()
	if err == nil {
		t.Fatal("Exited() = nil for a child that ended")
	}
	for _, want := range []string{"exit status 3", "/bin/sh -c 'echo first;", "| no such thing"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in:\n%v", want, err)
		}
	}
}

func TestStopKillsWhatDoesNotStop(t *testing.T) {
	p := start(t, "trap '' TERM; echo ready; while :; do sleep 1; done", 50*time.Millisecond)
	waitForLog(t, p, "ready")
	err := p.Stop()
	if err == nil || !strings.Contains(err.Error(), "was killed") {
		t.Errorf("Stop() = %v, want an error that says it was killed", err)
	}
	if syscall.Kill(p.PID(), 0) == nil {
		t.Error("the child still runs")
	}
}

func TestContextEndsChild(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p, err := Start(ctx, Spec{Name: "child", Path: "/bin/sh", Args: []string{"-c", "exec sleep 60"},
		Log: filepath.Join(t.TempDir(), "child.log")})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	<-p.Done()
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	_, err := Start(context.Background(), Spec{Name: "KRO", Path: "/does/not/exist",
		Log: filepath.Join(t.TempDir(), "child.log")})
	if err == nil || !strings.Contains(err.Error(), "cannot start KRO") {
		t.Errorf("Start() = %v", err)
	}
}

// The CPU clock of a process must agree with the CPU time that the kernel reports at
// its end, to within a tick of the latter.
func TestUsageAgreesWithTheKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports what another process uses")
	}
	p, err := Start(context.Background(), Spec{
		Name: "child", Path: "/bin/sh", Log: filepath.Join(t.TempDir(), "child.log"), Lifeline: true,
		Args: []string{"-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read line"},
	})
	if err != nil {
		t.Fatal(err)
	}
	waitForLog(t, p, "done")
	usage, err := p.Usage()
	if err != nil {
		t.Fatal(err)
	}
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	var size, resident uint64
	if _, err := fmt.Sscan(string(statm), &size, &resident); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	state := p.cmd.ProcessState
	billed := (state.UserTime() + state.SystemTime()).Seconds()
	if usage.CPUSeconds == 0 || usage.CPUSeconds > billed+0.02 || usage.CPUSeconds < billed-0.02 {
		t.Errorf("CPU clock says %.3f s, the kernel billed %.3f s", usage.CPUSeconds, billed)
	}
	if all := resident * uint64(os.Getpagesize()); usage.ResidentB == 0 || usage.ResidentB >= all {
		t.Errorf("resident memory is %d B, want a part of %d B, of which its binary has some", usage.ResidentB, all)
	}
}

func TestTakePeakOfMemoryThatIsGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux reports what another process uses")
	}
	const size = 16 << 20
	p, err := Start(context.Background(), Spec{
		Name: "child", Path: "/bin/sh", Log: filepath.Join(t.TempDir(), "child.log"), Lifeline: true,
		Args: []string{"-c", fmt.Sprintf("x=$(head -c %d /dev/zero | tr '\\0' x); unset x; echo done; read line", size)},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	waitForLog(t, p, "done")
	first, err := p.TakePeak()
	if errors.Is(err, ErrNotMeasured) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.TakePeak()
	if err != nil {
		t.Fatal(err)
	}
	if first < size || second == 0 || second >= size {
		t.Errorf("TakePeak() = %d and then %d: want at least %d and then less", first, second, size)
	}
}

func TestUsageOfMissingProcess(t *testing.T) {
	if _, err := UsageOf(1 << 22); err == nil {
		t.Error("UsageOf of a process that does not exist succeeded")
	}
}

func waitForLog(t *testing.T, p *Process, text string) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for time.Now().Before(deadline) {
		if data, _ := os.ReadFile(p.log); strings.Contains(string(data), text) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("%q never appeared in the child's log", text)
}
