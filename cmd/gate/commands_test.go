package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kro/perf-gate/gate"
)

// scriptCommands are the commands of scripts beyond testscript's own.
var scriptCommands = map[string]func(*testscript.TestScript, bool, []string){
	"cut":          cut,
	"dies":         dies,
	"ends":         ends,
	"exits":        exits,
	"kill-node":    killNode,
	"launch":       launch,
	"listen":       listen,
	"noop":         noop,
	"node":         node,
	"nothing-runs": nothingRuns,
	"profile":      takeProfiles,
	"signal":       signalLaunched,
	"until":        until,
}

// patience is the time that a script waits for something to happen, unless it checks
// how soon that happens.
const patience = time.Minute

// cut FILE LINES keeps the first lines of a record and half of the next, as a
// crash does.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut file lines")
	}
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	lines := strings.SplitAfter(ts.ReadFile(args[0]), "\n")
	kept := strings.Join(lines[:n], "") + lines[n][:len(lines[n])/2]
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(kept), 0o644))
}

// noop FILE BASE HEAD OUTCOME checks the comparison of requests per no-op reconcile in
// a verdict.
func noop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: noop file base head outcome")
	}
	var v gate.Verdict
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	number := func(text string) float64 {
		n, err := strconv.ParseFloat(text, 64)
		ts.Check(err)
		return n
	}
	for _, c := range v.Comparisons {
		if c.Benchmark != "CRUD/op=noop/shape=chain/n=2" || c.Metric != "requests/op" {
			continue
		}
		if c.Base == nil || c.Head == nil || *c.Base != number(args[1]) || *c.Head != number(args[2]) || string(c.Outcome) != args[3] {
			ts.Fatalf("no-op requests: base %v, head %v: %s; want %s, %s: %s", c.BaseValues, c.HeadValues, c.Outcome, args[1], args[2], args[3])
		}
		return
	}
	ts.Fatalf("the verdict has no no-op requests")
}

// exits CODE PROGRAM [ARGS] runs a program and checks its exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits code program [args]")
	}
	code := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		failed, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		code = failed.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// listen FILE takes a port until the script ends and writes its address to a
// file and into $ADDRESS.
func listen(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: listen file")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	address := listener.Addr().String()
	ts.Setenv("ADDRESS", address)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(address+"\n"), 0o644))
}

// A launched program runs in parallel to the script, in a process group of its own as
// if a shell started it.
type launched struct {
	env  []string // of the script
	cmd  *exec.Cmd
	done chan struct{}
}

type launchedKey struct{}

// allowLaunch lets a script launch one program at a time.
func allowLaunch(env *testscript.Env) {
	l := &launched{env: env.Vars}
	env.Values[launchedKey{}] = l
	env.Defer(func() {
		if l.cmd != nil {
			_ = syscall.Kill(-l.cmd.Process.Pid, syscall.SIGKILL)
			<-l.done
		}
	})
}

// launch PROGRAM [ARGS] starts a program whose output goes to the file output.
func launch(ts *testscript.TestScript, neg bool, args []string) {
	l, ok := ts.Value(launchedKey{}).(*launched)
	if neg || len(args) == 0 || !ok || l.cmd != nil {
		ts.Fatalf("usage: launch program [args], once it is allowed and one at a time")
	}
	output, err := os.Create(ts.MkAbs("output"))
	ts.Check(err)
	defer output.Close()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = ts.MkAbs(""), append(slices.Clone(l.env), "PWD="+ts.MkAbs(""))
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	ts.Check(cmd.Start())
	l.cmd, l.done = cmd, make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(l.done)
	}()
}

// signal INT|TERM|KILL [group] signals the launched program, or its whole process
// group as Ctrl-C in a terminal does.
func signalLaunched(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "KILL": syscall.SIGKILL}
	if neg || len(args) == 0 || signals[args[0]] == 0 {
		ts.Fatalf("usage: signal INT|TERM|KILL [group]")
	}
	pid := ts.Value(launchedKey{}).(*launched).cmd.Process.Pid
	if len(args) == 2 && args[1] == "group" {
		pid = -pid
	}
	ts.Check(syscall.Kill(pid, signals[args[0]]))
}

// ends CODE [LIMIT] checks that the launched program ends with an exit code within a
// limit, 5s by default. The code is -1 for the end by a signal, and * for any.
func ends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: ends code [limit]")
	}
	limit := 5 * time.Second
	if len(args) == 2 {
		var err error
		limit, err = time.ParseDuration(args[1])
		ts.Check(err)
	}
	l := ts.Value(launchedKey{}).(*launched)
	select {
	case <-l.done:
	case <-time.After(limit):
		ts.Fatalf("still running after %s, it wrote:\n%s", limit, ts.ReadFile("output"))
	}
	ts.Logf("[output]\n%s", ts.ReadFile("output"))
	if code := l.cmd.ProcessState.ExitCode(); args[0] != "*" && strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
	l.cmd = nil
}

// node RUN PROGRAM [ARGS] runs a program in the node of a run's kind cluster.
func node(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: node run program [args]")
	}
	ts.Check(ts.Exec("docker", append([]string{"exec", nodeOf(ts, args[0])}, args[1:]...)...))
}

// kill-node RUN kills the node of a run's kind cluster.
func killNode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: kill-node run")
	}
	ts.Check(ts.Exec("docker", "kill", nodeOf(ts, args[0])))
}

// nodeOf returns the name of the node's container.
func nodeOf(ts *testscript.TestScript, run string) string {
	cluster := regexp.MustCompile(`perf-gate-[a-z]{6}`).FindString(ts.ReadFile(run + "/logs/kubeconfig"))
	if cluster == "" {
		ts.Fatalf("the kubeconfig of %s names no kind cluster", run)
	}
	return cluster + "-control-plane"
}

// until FILE TEXT waits until a file contains a text.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: until file text")
	}
	path := ts.MkAbs(args[0])
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(args[1])) {
			return
		}
	}
	ts.Fatalf("%q never appeared in %s", args[1], args[0])
}

// dies TEXT kills the processes of the script's runs whose command lines contain a
// text.
func dies(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: dies text")
	}
	killed := false
	for pid, line := range processesIn(ts.MkAbs("")) {
		if strings.Contains(line, args[0]) {
			ts.Check(syscall.Kill(pid, syscall.SIGKILL))
			killed = true
		}
	}
	if !killed {
		ts.Fatalf("no process with %q runs", args[0])
	}
}

// nothing-runs checks that no process of the script's runs is left after a moment. The
// kernel needs that time to end the processes of a killed run.
func nothingRuns(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: [!] nothing-runs")
	}
	var left map[int]string
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if left = processesIn(ts.MkAbs("")); neg || len(left) == 0 {
			break
		}
	}
	if neg != (len(left) > 0) {
		ts.Fatalf("running: %v", left)
	}
}

// processesIn returns the command lines of the processes that work in a directory, by
// process id. All processes of a run work in its directory. It finds none if there is
// no /proc.
func processesIn(dir string) map[int]string {
	found := make(map[int]string)
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, link := range links {
		if at, err := os.Readlink(link); err != nil || at != dir {
			continue
		}
		process := filepath.Dir(link)
		line, err := os.ReadFile(filepath.Join(process, "cmdline"))
		pid, _ := strconv.Atoi(filepath.Base(process))
		if err == nil && len(line) > 0 { // a process that has ended and is not reaped has none
			found[pid] = strings.ReplaceAll(string(line), "\x00", " ")
		}
	}
	return found
}
