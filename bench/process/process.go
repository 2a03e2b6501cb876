// Package process starts, watches and ends the child processes of a run, and measures
// what they use.
//
// A child never outlives the gate: it is killed when its context is done, and on Linux
// the kernel kills it if the gate crashes. All processes that a child started end with
// it.
package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"al.essio.dev/pkg/shellescape"
)

// tailLines is the number of lines of a log that an error shows.
const tailLines = 12

// A Process is a running child whose output goes to a log file.
type Process struct {
	name  string
	cmd   *exec.Cmd
	log   string
	done  chan struct{} // closed when the child has ended and its log is complete
	err   error         // of its end; valid after done
	grace time.Duration
}

// A Spec describes a child to start.
type Spec struct {
	Name string   // for errors: "KRO v0.9.4"
	Path string   // the program
	Args []string // without the program's name
	Env  []string // the whole environment; nil inherits the gate's
	Log  string   // file for standard output and error; created or truncated
	// Lifeline connects standard input to a pipe that closes when the gate ends, for
	// children that end on that.
	Lifeline bool
	// Grace is the time that the child has to stop before it is killed. 0 means 10 s.
	Grace time.Duration
}

// Start starts the child. When ctx is done, the child is killed: an interrupted session
// is not kept, so there is nothing to wait for.
func Start(ctx context.Context, s Spec) (*Process, error) {
	log, err := os.Create(s.Log)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", s.Name, err)
	}
	defer log.Close() // the child has its own descriptor
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Env = s.Env
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	var lifeline io.Closer
	if s.Lifeline {
		if lifeline, err = cmd.StdinPipe(); err != nil {
			return nil, err
		}
	}
	p := &Process{name: s.Name, cmd: cmd, log: s.Log, done: make(chan struct{}), grace: s.Grace}
	if p.grace == 0 {
		p.grace = 10 * time.Second
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("cannot start %s: %w\n  %s", s.Name, err, CommandLine(cmd))
	}
	go func() {
		p.err = cmd.Wait()
		_ = signalGroup(cmd.Process.Pid, syscall.SIGKILL) // what it left behind
		if lifeline != nil {
			lifeline.Close()
		}
		close(p.done)
	}()
	context.AfterFunc(ctx, p.Kill)
	return p, nil
}

// PID is the child's process ID.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the child has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Exited describes the end of a child that ended on its own, with the last lines of its
// log and the command to paste into a shell. It returns nil while the child runs.
func (p *Process) Exited() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	how := "exit status 0"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended by itself (%s)\n  %s\n%s", p.name, how, CommandLine(p.cmd), Tail(p.log))
}

// Stop asks the child to end, waits, and kills it if it does not. It returns an error
// only if it had to kill the child. Stopping twice is not an error.
func (p *Process) Stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	_ = signalGroup(p.PID(), syscall.SIGTERM)
	timer := time.NewTimer(p.grace)
	defer timer.Stop()
	select {
	case <-p.done:
		return nil
	case <-timer.C:
	}
	p.Kill()
	return fmt.Errorf("%s did not stop within %s and was killed", p.name, p.grace)
}

// Kill kills the child and waits until it has ended.
func (p *Process) Kill() {
	select {
	case <-p.done:
	default:
		_ = signalGroup(p.PID(), syscall.SIGKILL)
		<-p.done
	}
}

// Command is like [exec.CommandContext], but Ctrl-C in the terminal does not reach the
// child, and when ctx is done, the child is killed with all processes it started.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return signalGroup(cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// signalGroup signals the process group of a child: the child and what it started.
func signalGroup(leader int, signal syscall.Signal) error {
	err := syscall.Kill(-leader, signal)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// Usage returns what the child has used so far.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.PID()) }

// TakePeak returns the child's largest resident memory since the last call, in bytes.
func (p *Process) TakePeak() (uint64, error) { return TakePeak(p.PID()) }

// ErrNotMeasured means that the operating system does not report what another process
// uses.
var ErrNotMeasured = errors.New("the operating system does not report what another process uses")

// A Usage is what a process has used since it started.
type Usage struct {
	CPUSeconds float64 // user and system, of all threads
	ResidentB  uint64
}

// CommandLine returns a command in a form that can be pasted into a shell, with the
// environment variables that differ from the gate's.
func CommandLine(cmd *exec.Cmd) string {
	words := append([]string{cmd.Path}, cmd.Args[1:]...)
	line := shellescape.QuoteCommand(words)
	own := make(map[string]bool)
	for _, v := range os.Environ() {
		own[v] = true
	}
	var env []string
	for _, v := range cmd.Env {
		if !own[v] {
			name, value, _ := strings.Cut(v, "=")
			env = append(env, name+"="+shellescape.Quote(value))
		}
	}
	if len(env) > 0 {
		line = strings.Join(env, " ") + " " + line
	}
	if cmd.Dir != "" {
		line = "cd " + shellescape.Quote(cmd.Dir) + " && " + line
	}
	return line
}

// Tail returns the name of a log file and its last lines, indented.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("  (its log cannot be read: %v)", err)
	}
	lines := strings.Split(string(bytes.TrimSpace(data)), "\n")
	if len(lines) == 1 && lines[0] == "" {
		return fmt.Sprintf("  (it wrote nothing to %s)", path)
	}
	if len(lines) > tailLines {
		lines = lines[len(lines)-tailLines:]
	}
	return fmt.Sprintf("  last lines of %s:\n  | %s", path, strings.Join(lines, "\n  | "))
}
