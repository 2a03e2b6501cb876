package kro

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench/meter"
	"github.com/kro/perf-gate/bench/process"
)

// The ports of KRO's chart.
const (
	metricsPort = "8078"
	probesPort  = "8079"
	pprofPort   = "6060"
)

// podPoll is the interval between two looks at the state of a running pod.
const podPoll = time.Second

// A pod is a controller that runs in the cluster.
type pod struct {
	name    string // of the build, for errors
	client  kubernetes.Interface
	http    *http.Client
	base    string // URL of the API server's proxy to the pod, without the port
	metrics string // port
	pod     *corev1.Pod
	log     string
	end     func() error
	done    chan struct{} // closed when the pod has ended
	stopped chan struct{}
	once    sync.Once
	err     error // how it ended; valid after done
}

var _ Controller = (*pod)(nil)

// attach waits until the pod of a deployment runs, serves, and is the leader.
func (b *Build) attach(ctx context.Context, d Deployment, deployment, metrics, probes string) (*pod, error) {
	client, err := kubernetes.NewForConfig(d.Config)
	if err != nil {
		return nil, err
	}
	web, err := rest.HTTPClientFor(d.Config)
	if err != nil {
		return nil, err
	}
	p := &pod{
		name: "KRO " + b.Info.Ref, client: client, http: web, log: d.Log, metrics: metrics,
		done: make(chan struct{}), stopped: make(chan struct{}),
	}
	ctx, cancel := context.WithTimeoutCause(ctx, d.Ready, fmt.Errorf("%s was not ready after %s", p.name, d.Ready))
	defer cancel()
	if err := p.waitRunning(ctx, d.Namespace, deployment); err != nil {
		return nil, err
	}
	p.base = fmt.Sprintf("%s/api/v1/namespaces/%s/pods/%s:", strings.TrimSuffix(d.Config.Host, "/"), p.pod.Namespace, p.pod.Name)
	for _, path := range []string{probes + "/proxy/readyz", metrics + "/proxy/metrics"} {
		if err := p.waitAnswer(ctx, p.base+path); err != nil {
			return nil, err
		}
	}
	if err := p.waitLeader(ctx); err != nil {
		return nil, err
	}
	go p.watch()
	return p, nil
}

// waitLeader waits until the controller is the leader, if it elects one. Its predecessor
// holds the lease for 15 s.
func (p *pod) waitLeader(ctx context.Context) error {
	for {
		status, elected, err := p.Metrics().Sum(ctx, "leader_election_master_status")
		if err == nil && (!elected || status > 0) {
			return nil
		}
		select {
		case <-ctx.Done():
			return p.because(ctx, errors.New("it is not the leader"))
		case <-time.After(podPoll):
		}
	}
}

// waitRunning waits until the pod of a deployment runs.
func (p *pod) waitRunning(ctx context.Context, namespace, deployment string) error {
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		found, err := p.find(ctx, namespace, deployment)
		if err != nil {
			return p.because(ctx, err)
		}
		if found != nil {
			p.pod = found
			if why := trouble(found); why != "" {
				return p.failed(why)
			}
			if found.Status.Phase == corev1.PodRunning {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return p.because(ctx, errors.New("its pod is not running"))
		case <-ticker.C:
		}
	}
}

// find returns the pod of a deployment, nil while there is none.
func (p *pod) find(ctx context.Context, namespace, deployment string) (*corev1.Pod, error) {
	owner, err := p.client.AppsV1().Deployments(namespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	selector := labels.SelectorFromSet(owner.Spec.Selector.MatchLabels).String()
	list, err := p.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, err
	}
	for i, found := range list.Items {
		if found.DeletionTimestamp == nil {
			return &list.Items[i], nil
		}
	}
	for _, c := range owner.Status.Conditions {
		if c.Reason == "FailedCreate" && c.Status == corev1.ConditionTrue {
			return nil, errors.New(c.Message)
		}
	}
	return nil, nil
}

// waitAnswer waits until a URL of the pod answers with success.
func (p *pod) waitAnswer(ctx context.Context, url string) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		body, err := meter.Endpoint{Client: p.http, URL: url}.Get(ctx)
		if err == nil {
			return body.Close()
		}
		if why, gone := p.state(ctx); gone {
			return p.failed(why)
		}
		select {
		case <-ctx.Done():
			return p.because(ctx, err)
		case <-ticker.C:
		}
	}
}

// state looks at the pod. If it can no longer be measured, ended is true.
func (p *pod) state(ctx context.Context) (why string, ended bool) {
	now, err := p.client.CoreV1().Pods(p.pod.Namespace).Get(ctx, p.pod.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "its pod is gone", true
	case err != nil:
		return "", false // the watchdog notices the end of the API
	case now.DeletionTimestamp != nil:
		return "its pod was deleted", true
	}
	why = trouble(now)
	return why, why != ""
}

// trouble says what is wrong with a pod. If nothing is, it returns "".
func trouble(p *corev1.Pod) string {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			return "its pod cannot be scheduled: " + c.Message
		}
	}
	for _, c := range p.Status.ContainerStatuses {
		if t := c.LastTerminationState.Terminated; c.RestartCount > 0 && t != nil {
			return fmt.Sprintf("its container ended (%s, exit status %d) and was started again", t.Reason, t.ExitCode)
		}
		if t := c.State.Terminated; t != nil {
			return fmt.Sprintf("its container ended (%s, exit status %d)", t.Reason, t.ExitCode)
		}
		if w := c.State.Waiting; w != nil && w.Reason != "ContainerCreating" && w.Reason != "PodInitializing" {
			return fmt.Sprintf("its container does not start (%s): %s", w.Reason, w.Message)
		}
	}
	return ""
}

// failed returns the error for the end of the controller, with the end of its log.
func (p *pod) failed(why string) error {
	p.saveLog()
	return fmt.Errorf("%s in the pod %s/%s: %s\n%s", p.name, p.pod.Namespace, p.pod.Name, why, process.Tail(p.log))
}

// because returns an error that gives the cause of a context that is done.
func (p *pod) because(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	if p.pod == nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	p.saveLog()
	return fmt.Errorf("%w: %w\n%s", context.Cause(ctx), err, process.Tail(p.log))
}

// watch notices the end of the pod.
func (p *pod) watch() {
	ticker := time.NewTicker(podPoll)
	defer ticker.Stop()
	for {
		select {
		case <-p.stopped:
			return
		case <-ticker.C:
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		why, ended := p.state(ctx)
		cancel()
		if ended {
			p.err = p.failed(why)
			close(p.done)
			return
		}
	}
}

// saveLog saves the log of the container, or that of its predecessor if it restarted.
func (p *pod) saveLog() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, previous := range []bool{true, false} {
		stream, err := p.client.CoreV1().Pods(p.pod.Namespace).GetLogs(p.pod.Name, &corev1.PodLogOptions{Previous: previous}).Stream(ctx)
		if err != nil {
			continue // there was no predecessor
		}
		data, err := io.ReadAll(stream)
		_ = stream.Close()
		if err == nil && os.WriteFile(p.log, data, 0o644) == nil {
			return
		}
	}
}

func (p *pod) Metrics() meter.Endpoint {
	return meter.Endpoint{Client: p.http, URL: p.base + p.metrics + "/proxy/metrics"}
}

func (p *pod) Pprof() meter.Endpoint {
	return meter.Endpoint{Client: p.http, URL: p.base + pprofPort + "/proxy/debug/pprof"}
}

// Usage returns [process.ErrNotMeasured]: only the controller's own metrics report it.
func (p *pod) Usage() (process.Usage, error) { return process.Usage{}, process.ErrNotMeasured }

// TakePeak returns [process.ErrNotMeasured].
func (p *pod) TakePeak() (uint64, error) { return 0, process.ErrNotMeasured }

func (p *pod) Done() <-chan struct{} { return p.done }

func (p *pod) Exited() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Stop saves the log and ends the controller.
func (p *pod) Stop() error {
	p.once.Do(func() { close(p.stopped) })
	if p.Exited() == nil {
		p.saveLog()
	}
	return p.end()
}
