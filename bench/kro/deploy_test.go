package kro

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/kro/perf-gate/bench"
)

// chart writes a small chart in the form of KRO's.
func chart(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	write(t, dir, "Chart.yaml", "apiVersion: v2\nname: kro\nversion: 0.0.0-dev\n", 0o644)
	write(t, dir, "values.yaml", "fullnameOverride: \"\"\nimage: {repository: registry.example/kro, tag: v1, pullPolicy: Always}\nextra: false\n", 0o644)
	write(t, dir, "crds/crd.yaml", "kind: CustomResourceDefinition\n", 0o644)
	write(t, dir, "templates/_helpers.tpl", `{{- define "name" }}{{ .Values.fullnameOverride | default .Release.Name | trunc 63 }}{{ end -}}`, 0o644)
	write(t, dir, "templates/extra.yaml", "{{ if .Values.extra }}\nkind: Extra\n{{ end }}", 0o644)
	write(t, dir, "templates/deployment.yaml", `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "name" . }}
  namespace: {{ .Release.Namespace }}
  labels: {app.kubernetes.io/name: kro}
spec:
  template:
    spec:
      containers:
      - name: kro
        image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
        imagePullPolicy: {{ .Values.image.pullPolicy }}
        resources: {limits: {cpu: 1000m, memory: 1Gi}}
        env: [{name: REQUEUE, value: 3s}]
        args: [--leader-elect, --instance-requeue-interval, $(REQUEUE)]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: {{ include "name" . }}}
`, 0o644)
	return dir
}

func TestObjectsOfTheChart(t *testing.T) {
	build := &Build{Chart: chart(t), Pprof: true, Info: bench.Build{
		Args: []string{"--leader-elect=false", "--instance-requeue-interval=100ms"}, Env: []string{"GOMAXPROCS=1"},
	}}
	d := Deployment{Namespace: "system", Labels: map[string]string{"ours": "yes"}}
	objects, err := build.objects(d, "perf-gate.invalid/kro:abc")
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, object := range objects {
		kinds = append(kinds, object.GetKind()+" "+object.GetName())
		if object.GetLabels()["ours"] != "yes" {
			t.Errorf("%s has the labels %v", object.GetKind(), object.GetLabels())
		}
	}
	if diff := cmp.Diff([]string{"Deployment perf-gate-kro", "ServiceAccount perf-gate-kro"}, kinds); diff != "" {
		t.Fatal(diff)
	}
	deployment := objects[0]
	if deployment.GetNamespace() != "system" || deployment.GetLabels()["app.kubernetes.io/name"] != "kro" {
		t.Errorf("metadata %v", deployment.Object["metadata"])
	}
	containers, _, _ := unstructured.NestedSlice(deployment.Object, "spec", "template", "spec", "containers")
	want := []any{map[string]any{
		"name": "kro", "image": "perf-gate.invalid/kro:abc", "imagePullPolicy": "IfNotPresent",
		"resources": map[string]any{"limits": map[string]any{"cpu": "1000m", "memory": "1Gi"}},
		"env":       []any{map[string]any{"name": "REQUEUE", "value": "3s"}, map[string]any{"name": "GOMAXPROCS", "value": "1"}},
		// Of two flags with one name, the last wins.
		"args": []any{"--leader-elect", "--instance-requeue-interval", "$(REQUEUE)",
			"--leader-elect=false", "--instance-requeue-interval=100ms", "--pprof-bind-address=:6060"},
	}}
	if diff := cmp.Diff(want, containers); diff != "" {
		t.Error(diff)
	}
}

func TestBrokenChart(t *testing.T) {
	dir := chart(t)
	write(t, dir, "templates/broken.yaml", "a: {{ .Values.image.missing.part }}\n", 0o644)
	_, err := (&Build{Chart: dir}).objects(Deployment{}, "image")
	if err == nil || !strings.Contains(err.Error(), "KRO's chart: ") || !strings.Contains(err.Error(), "broken.yaml") {
		t.Errorf("objects = %v", err)
	}
}

func TestTroubleOfPods(t *testing.T) {
	waiting := func(reason string) corev1.ContainerStatus {
		return corev1.ContainerStatus{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: "why"}}}
	}
	killed := &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}
	for want, status := range map[string]corev1.PodStatus{
		"": {ContainerStatuses: []corev1.ContainerStatus{waiting("ContainerCreating")}},
		"its container does not start (ErrImagePull): why":                             {ContainerStatuses: []corev1.ContainerStatus{waiting("ErrImagePull")}},
		"its container ended (OOMKilled, exit status 137)":                             {ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{Terminated: killed}}}},
		"its container ended (OOMKilled, exit status 137) and was started again":       {ContainerStatuses: []corev1.ContainerStatus{{RestartCount: 1, LastTerminationState: corev1.ContainerState{Terminated: killed}}}},
		"its pod cannot be scheduled: 0/1 nodes are available: 1 Insufficient memory.": {Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: corev1.PodReasonUnschedulable, Message: "0/1 nodes are available: 1 Insufficient memory."}}},
	} {
		if got := trouble(&corev1.Pod{Status: status}); got != want {
			t.Errorf("trouble = %q, want %q", got, want)
		}
	}
}

// The arguments of an installed KRO are those that its container gets.
func TestEffectiveArguments(t *testing.T) {
	args := effective(corev1.Container{
		Args: []string{"--allow-crd-deletion", "--metrics-bind-address", "$(METRICS)", "--zap-devel=$(DEVEL)", "--instance-requeue-interval", "$(REQUEUE)"},
		Env:  []corev1.EnvVar{{Name: "METRICS", Value: ":9090"}, {Name: "DEVEL", Value: "false"}, {Name: "REQUEUE", Value: "5s"}},
	})
	if want := []string{"--allow-crd-deletion", "--metrics-bind-address=:9090", "--zap-devel=false", "--instance-requeue-interval=5s"}; !slices.Equal(args, want) {
		t.Errorf("args %q, want %q", args, want)
	}
	i := installation{metrics: metricsPort, probes: probesPort}
	if err := i.configure(args); err != nil || i.metrics != "9090" || i.probes != probesPort {
		t.Errorf("installation %+v, %v", i, err)
	}
	if err := i.configure([]string{"--metrics-bind-address=0"}); err == nil {
		t.Error("a KRO without metrics was accepted")
	}
}

// Settings that an installed KRO is not given are not known.
func TestSettingsOfAnInstalledKRO(t *testing.T) {
	args := []string{"--instance-requeue-interval=5s", "-dynamic-controller-concurrent-reconciles=4"}
	got, err := settingsOf(given(args, []corev1.EnvVar{{Name: "GOMAXPROCS", Value: "2"}, {Name: "GOGC"}}))
	want := bench.Settings{
		InstanceTimer: bench.Setting{Value: 5, Flag: "instance-requeue-interval"},
		Workers:       bench.Setting{Value: 4, Flag: "dynamic-controller-concurrent-reconciles"},
		Processors:    bench.Setting{Value: 2, Flag: "GOMAXPROCS"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for build, want := range map[*Build]time.Duration{
		{Info: bench.Build{Settings: got}}: 5 * time.Second,
		{}:                                 compiledTimer,
	} {
		if got := build.Delay(); got != want {
			t.Errorf("Delay with %+v = %s, want %s", build.Info.Settings, got, want)
		}
	}
	for _, arg := range []string{"--instance-requeue-interval=-1s", "--rgd-progress-requeue-delay=soon", "--dynamic-controller-concurrent-reconciles=-1"} {
		if s, err := settingsOf(given([]string{arg}, nil)); err == nil {
			t.Errorf("%s: settings %+v, want an error", arg, s)
		}
	}
}
