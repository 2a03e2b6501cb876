package runner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/kro/perf-gate/bench"
	"github.com/kro/perf-gate/bench/cluster"
	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
	"github.com/kro/perf-gate/bench/suite"
	"github.com/kro/perf-gate/bench/workload"
	"github.com/kro/perf-gate/bench/workload/builtin"
)

// A work is a piece of work for both clients, in a namespace of its own.
type work struct {
	Instances bool // of compared, until all are ACTIVE; else ConfigMaps
	N         int  // objects
	Workers   int  // of perf-gate; kube-burner has all requests in flight at once
}

// compared has the kind whose instances are created: two ConfigMaps in a chain.
var compared = builtin.Workloads([]string{"crud"})[0].Scenarios(workload.Quick)[0]

var (
	instances  = schema.GroupVersionResource{Group: "kro.run", Version: "v1alpha1", Resource: "crudchain2ds"}
	configMaps = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

// A clientRun is the input of a client and its output.
type clientRun struct {
	Work      work
	Namespace string

	// CPU is the process's, in seconds.
	CPU float64 `json:",omitempty"`
	// Output is the output of the client, and Elapsed the time that it reports.
	Output, Elapsed string `json:",omitempty"`
	// Outcomes and Result are what perf-gate measured.
	Outcomes map[string]outcome `json:",omitempty"`
	Result   bench.Result
}

// An outcome is the times at which an instance was created and seen to be ACTIVE.
type outcome struct{ Start, Received time.Time }

// A client creates objects from a process of its own.
type client struct {
	name string
	// prepare returns the command that does the work.
	prepare func(r *clientRun) (*exec.Cmd, error)
	// read reads the output of the command after its end.
	read func(r *clientRun, stdout []byte) error
}

// run does a piece of work. When the namespace appears, just before the work begins, it
// calls started with the process.
func (c client) run(ctx context.Context, r *clientRun, started func(pid int)) error {
	cmd, err := c.prepare(r)
	if err != nil {
		return err
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return err
	}
	started(cmd.Process.Pid)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("%s: %w\n%s\n%s%s", c.name, err, process.CommandLine(cmd), stdout.Bytes(), stderr.Bytes())
	}
	r.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	r.Output = stdout.String() + stderr.String()
	return c.read(r, stdout.Bytes())
}

// kubeBurner is configured to do nothing but the work: it does not look for leftovers of
// earlier runs, verify or preload images, and has no rate limit.
func kubeBurner(binary, kubeconfig, dir string) client {
	return client{
		name: "kube-burner",
		prepare: func(r *clientRun) (*exec.Cmd, error) {
			cmd := exec.Command(binary, "init", "--config", "config.yml", "--kubeconfig", kubeconfig, "--skip-log-file")
			cmd.Dir = dir
			template, name := "configmap.yml", "configmaps"
			waits := "[]"
			if r.Work.Instances {
				template, name = "instance.yml", "instances"
				waits = `[{key: .state, value: ACTIVE}]`
			}
			files := map[string]string{
				"configmap.yml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: \"{{.JobName}}-{{.Replica}}\"\ndata:\n  value: one\n",
				"instance.yml":  "apiVersion: kro.run/v1alpha1\nkind: Compared\nmetadata:\n  name: \"{{.JobName}}-{{.Replica}}\"\nspec:\n  value: one\n",
				"config.yml":    fmt.Sprintf(kubeBurnerConfig, name, r.Namespace, r.Work.N, template, waits),
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(cmd.Dir, name), []byte(content), 0o644); err != nil {
					return nil, err
				}
			}
			return cmd, nil
		},
		read: func(r *clientRun, _ []byte) error {
			data, err := os.ReadFile(filepath.Join(dir, "summaries", "jobSummary.json"))
			if err != nil {
				return err
			}
			var s []struct {
				ElapsedTime float64
				Passed      bool
			}
			if err := json.Unmarshal(data, &s); err != nil {
				return err
			}
			if len(s) != 1 || !s[0].Passed {
				return fmt.Errorf("%s\n%s", data, r.Output)
			}
			r.Elapsed = fmt.Sprintf("%v s", s[0].ElapsedTime)
			return os.RemoveAll(filepath.Join(dir, "summaries"))
		},
	}
}

const kubeBurnerConfig = `
metricsEndpoints:
- indexer:
    type: local
    metricsDirectory: summaries
jobs:
- name: %s
  namespace: %s
  namespacedIterations: false
  jobIterations: 1
  qps: 20000
  burst: 20000
  cleanup: false
  preLoadImages: false
  verifyObjects: false
  errorOnVerify: false
  waitWhenFinished: true
  maxWaitTimeout: 5m
  objects:
  - replicas: %d
    objectTemplate: %s
    waitOptions:
      customStatusPaths: %s
`

// burstArg makes the test binary run perf-gate's part of the comparison.
const burstArg = "burst-of-the-test"

// A burst is the input of that process, with the work.
type burst struct {
	clientRun
	Server, Metrics string // of the API and of KRO
	PID             int    // of KRO
	Window          time.Duration
	Seed            uint64
}

func perfGate(b burst) client {
	return client{
		name: "perf-gate",
		prepare: func(r *clientRun) (*exec.Cmd, error) {
			self, err := os.Executable()
			if err != nil {
				return nil, err
			}
			b.clientRun = *r
			b.Seed++
			arg, err := json.Marshal(b)
			if err != nil {
				return nil, err
			}
			return exec.Command(self, burstArg, string(arg)), nil
		},
		read: func(r *clientRun, stdout []byte) error {
			r.Output = ""
			var told clientRun
			if err := json.Unmarshal(stdout, &told); err != nil {
				return err
			}
			r.Result, r.Outcomes = told.Result, told.Outcomes
			return nil
		},
	}
}

// runBurst does a piece of work in the way of the crud suite.
func runBurst(ctx context.Context, arg string, out io.Writer) error {
	var b burst
	if err := json.Unmarshal([]byte(arg), &b); err != nil {
		return err
	}
	lab, err := newLab(b)
	if err != nil {
		return err
	}
	lab.Emit = func(r bench.Result) { b.Result = r }
	if err := lab.Prepare(ctx, nil); err != nil {
		return err
	}
	work := bench.Benchmark{Name: "burst", Ops: b.Work.N, Concurrent: true}
	names, outcomes := lab.Names(b.Work.N), make([]outcome, b.Work.N)
	var do suite.Operation = func(ctx context.Context, i int) (began, received time.Time, err error) {
		object := &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": names[i]}, "data": map[string]any{"value": "one"},
		}}
		began = time.Now()
		_, err = lab.Client.Resource(configMaps).Namespace(b.Namespace).Create(ctx, object, metav1.CreateOptions{})
		return began, time.Now(), err
	}
	if b.Work.Instances {
		create := compared.Benchmarks[0]
		create.Ops = b.Work.N
		if do, err = lab.Operation(ctx, create, compared.Vars, names); err != nil {
			return err
		}
	}
	err = lab.Measure(ctx, work, suite.Pace{Workers: b.Work.Workers}, func(ctx context.Context, i int) (began, received time.Time, err error) {
		began, received, err = do(ctx, i)
		outcomes[i] = outcome{began, received}
		return began, received, err
	})
	if err != nil {
		return err
	}
	if b.Result.Errors > 0 {
		return errors.New(strings.Join(b.Result.Messages, "\n"))
	}
	b.Outcomes = make(map[string]outcome)
	for i, name := range names {
		b.Outcomes[name] = outcomes[i]
	}
	return json.NewEncoder(out).Encode(b.clientRun)
}

// A controller is the ID of a process.
type controller int

func (c controller) Usage() (process.Usage, error) { return process.UsageOf(int(c)) }

func (c controller) TakePeak() (uint64, error) { return process.TakePeak(int(c)) }

// newLab returns a lab like that of a session.
func newLab(b burst) (*suite.Lab, error) {
	config := cluster.ClientConfig(b.Server, meter.GatePrefix+"/test")
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	raw, err := unversioned(config)
	if err != nil {
		return nil, err
	}
	counters := &meter.Meter{
		Metrics: meter.Endpoint{URL: b.Metrics}, Counter: meter.Remote{URL: b.Server},
		Process: controller(b.PID),
	}
	lab := &suite.Lab{
		Client: client, REST: raw, Timeout: time.Minute, Namespace: b.Namespace, Labels: cluster.Labels, Meter: counters,
		Settle:   func(ctx context.Context) error { return counters.Settle(ctx, b.Window, time.Minute) },
		Started:  func(bench.Benchmark) {},
		Progress: func(float64) {},
	}
	lab.Seed(b.Seed)
	return lab, nil
}
