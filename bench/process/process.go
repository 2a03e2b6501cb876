// Package process starts, watches and ends the child processes of a run, and
// reads what they use.
//
// A child never outlives the gate: it is killed when its context is done, and on
// Linux the kernel kills it when the gate dies without a word. What a child
// started itself goes with it.
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

// tailLines is how much of a log an error shows.
const tailLines = 12

// A Process is a running child whose output goes to a log file.
type Process struct {
	name  string
	cmd   *exec.Cmd
	log   string
	done  chan struct{} // closed when the child has ended and its log is complete
	err   error         // how it ended; valid after done
	grace time.Duration
}

// Spec says what to start.
type Spec struct {
	Name string   // for errors: "KRO v0.9.4"
	Path string   // the program
	Args []string // without the program's name
	Env  []string // the whole environment; nil inherits the gate's
	Log  string   // file for standard output and error; created or truncated
	// Lifeline connects standard input to a pipe that closes when the gate ends,
	// for children that end by themselves then.
	Lifeline bool
	// Grace is how long the child may take to stop before it is killed;
	// 0 means 10 s.
	Grace time.Duration
}

// Start starts the child. It is killed when ctx is done: what an interrupted run
// was measuring is not kept, so there is nothing to wait for.
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

// Exited describes a child that ended on its own: how, with the last lines of
// its log and the command to paste into a shell. It is nil while it runs.
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

// Stop asks the child to end, waits, and kills it if it must. It returns an
// error only when the child had to be killed; ending twice is no error.
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

// Kill ends the child at once and waits until it is gone.
func (p *Process) Kill() {
	select {
	case <-p.done:
	default:
		_ = signalGroup(p.PID(), syscall.SIGKILL)
		<-p.done
	}
}

// Command is like [exec.CommandContext] for a child whose end is waited for:
// Ctrl-C in the terminal does not reach it, and when ctx is done it is killed
// with all that it started.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = attributes()
	cmd.Cancel = func() error { return signalGroup(cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	return cmd
}

// signalGroup signals a child and what it started, which share a process group.
func signalGroup(leader int, signal syscall.Signal) error {
	err := syscall.Kill(-leader, signal)
	if errors.Is(err, syscall.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// Usage is what the child has used so far.
func (p *Process) Usage() (Usage, error) { return UsageOf(p.PID()) }

// ErrNotMeasured is returned where the operating system does not tell what
// another process uses.
var ErrNotMeasured = errors.New("the operating system does not tell what another process uses")

// Usage is what a process has used since it started.
type Usage struct {
	CPUSeconds float64 // user and system, of all threads
	ResidentB  uint64
}

// CommandLine renders a command so that it can be pasted into a shell, with the
// environment variables in which it differs from the gate's.
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

// Tail returns the last lines of a log file, each indented, and names the file.
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
