package existing

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kro/perf-gate/bench/process"
)

// A kubelet reports the usage of KRO's pod. It has a new figure about every 10 s.
type kubelet struct {
	client    kubernetes.Interface
	namespace string // of the pod

	mu    sync.Mutex
	asked time.Time
	last  podStats
}

// podStats is the part of the kubelet's summary about a pod.
type podStats struct {
	PodRef struct{ Namespace string }
	CPU    struct {
		Time                 time.Time
		UsageCoreNanoSeconds *uint64
	}
	Memory struct{ WorkingSetBytes *uint64 }
}

// askEvery is the interval between two requests to the kubelet.
const askEvery = 5 * time.Second

// errNoNews means that there is no new figure.
var errNoNews = errors.New("the kubelet has no new figure")

// usage returns the last figure. Without a new figure since the last call, it returns an
// error.
func (k *kubelet) usage() (process.Usage, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.asked) < askEvery {
		return process.Usage{}, errNoNews
	}
	ctx, cancel := context.WithTimeout(context.Background(), askEvery)
	defer cancel()
	k.asked = time.Now()
	now, err := k.ask(ctx)
	if err != nil {
		return process.Usage{}, err
	}
	if !now.CPU.Time.After(k.last.CPU.Time) {
		return process.Usage{}, errNoNews
	}
	k.last = now
	return process.Usage{
		CPUSeconds: float64(*now.CPU.UsageCoreNanoSeconds) / float64(time.Second),
		ResidentB:  *now.Memory.WorkingSetBytes,
	}, nil
}

// ask asks the kubelet on the node of the pod.
func (k *kubelet) ask(ctx context.Context) (podStats, error) {
	pods, err := k.client.CoreV1().Pods(k.namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return podStats{}, err
	}
	for _, pod := range pods.Items {
		data, err := k.client.CoreV1().RESTClient().Get().Resource("nodes").Name(pod.Spec.NodeName).
			SubResource("proxy").Suffix("stats/summary").Param("only_cpu_and_memory", "true").DoRaw(ctx)
		if err != nil {
			return podStats{}, err
		}
		var summary struct{ Pods []podStats }
		if err := json.Unmarshal(data, &summary); err != nil {
			return podStats{}, err
		}
		for _, stats := range summary.Pods {
			if stats.PodRef.Namespace == k.namespace && stats.CPU.UsageCoreNanoSeconds != nil && stats.Memory.WorkingSetBytes != nil {
				return stats, nil
			}
		}
	}
	return podStats{}, errNoNews
}
