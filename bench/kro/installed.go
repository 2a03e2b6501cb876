package kro

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kro/perf-gate/bench"
)

// An installation is a KRO that runs in a cluster already.
type installation struct {
	namespace, deployment string
	metrics, probes       string // the ports it serves its metrics and its health on
}

// nameLabel is on the deployment of KRO's chart.
const nameLabel = "app.kubernetes.io/name=kro"

// FindInstalled returns the KRO that is installed in a cluster. It ignores a KRO with
// the labels ours.
func FindInstalled(ctx context.Context, config *rest.Config, ours map[string]string) (*Build, error) {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	list, err := client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{LabelSelector: nameLabel})
	if err != nil {
		return nil, err
	}
	found := slices.DeleteFunc(list.Items, func(d appsv1.Deployment) bool {
		return labels.SelectorFromSet(ours).Matches(labels.Set(d.Labels))
	})
	var names []string
	for _, d := range found {
		names = append(names, d.Namespace+"/"+d.Name)
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("no KRO is installed in the cluster: there is no deployment with the label %s", nameLabel)
	case 1:
	default:
		return nil, fmt.Errorf("more than one KRO is installed in the cluster: %s", strings.Join(names, ", "))
	}
	deployment := found[0]
	if n := len(deployment.Spec.Template.Spec.Containers); n != 1 {
		return nil, fmt.Errorf("the installed KRO %s has %d containers, want one", names[0], n)
	}
	container := deployment.Spec.Template.Spec.Containers[0]
	i := installation{namespace: deployment.Namespace, deployment: deployment.Name, metrics: metricsPort, probes: probesPort}
	args := effective(container)
	if err := i.configure(args); err != nil {
		return nil, fmt.Errorf("the installed KRO %s: %w", names[0], err)
	}
	settings, err := settingsOf(given(args, container.Env))
	if err != nil {
		return nil, fmt.Errorf("the installed KRO %s: %w", names[0], err)
	}
	build := &Build{installed: &i, Info: bench.Build{Ref: string(Installed), Kind: string(Installed), Args: args, Settings: settings}}
	_, build.Info.Version, _ = strings.Cut(container.Image[strings.LastIndex(container.Image, "/")+1:], ":")
	build.Info.Digest, err = imageDigest(ctx, client, deployment)
	return build, err
}

// effective returns the arguments of a container with its environment filled in, one
// word for each flag.
func effective(c corev1.Container) []string {
	var args []string
	for _, arg := range c.Args {
		for _, v := range c.Env {
			arg = strings.ReplaceAll(arg, "$("+v.Name+")", v.Value)
		}
		last := len(args) - 1
		if last >= 0 && !strings.HasPrefix(arg, "-") && !strings.Contains(args[last], "=") {
			args[last] += "=" + arg
			continue
		}
		args = append(args, arg)
	}
	return args
}

// configure takes the ports from the arguments.
func (i *installation) configure(args []string) error {
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		_, port, _ := strings.Cut(value, ":")
		switch name {
		case metricsFlag:
			i.metrics = port
		case "health-probe-bind-address":
			i.probes = port
		}
	}
	if i.metrics == "" || i.metrics == "0" {
		return errors.New("it does not serve its metrics")
	}
	return nil
}

// given returns the values of flags and variables of an installed KRO, by name. Others are
// not known, because it cannot be asked which flags it knows.
func given(args []string, env []corev1.EnvVar) map[string]string {
	values := make(map[string]string)
	for _, v := range env {
		if v.Value != "" { // otherwise its value comes from elsewhere
			values[v.Name] = v.Value
		}
	}
	for _, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		values[name] = value
	}
	return values
}

// imageDigest returns the digest of the image that the pod of a deployment runs.
func imageDigest(ctx context.Context, client kubernetes.Interface, d appsv1.Deployment) (string, error) {
	selector := labels.SelectorFromSet(d.Spec.Selector.MatchLabels).String()
	pods, err := client.CoreV1().Pods(d.Namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return "", err
	}
	for _, pod := range pods.Items {
		for _, status := range pod.Status.ContainerStatuses {
			if _, digest, ok := strings.Cut(status.ImageID, "sha256:"); ok {
				return digest, nil
			}
		}
	}
	return "", fmt.Errorf("the installed KRO %s/%s is not running", d.Namespace, d.Name)
}

// restart gives the installed KRO a fresh pod, which keeps running at the end.
func (b *Build) restart(ctx context.Context, d Deployment) (Controller, error) {
	client, err := kubernetes.NewForConfig(d.Config)
	if err != nil {
		return nil, err
	}
	d.Namespace = b.installed.namespace
	before := &pod{client: client}
	old, err := before.find(ctx, d.Namespace, b.installed.deployment)
	if err != nil {
		return nil, err
	}
	if old != nil {
		if err := client.CoreV1().Pods(d.Namespace).Delete(ctx, old.Name, metav1.DeleteOptions{}); err != nil {
			return nil, fmt.Errorf("restart the installed KRO: %w", err)
		}
	}
	c, err := b.attach(ctx, d, b.installed.deployment, b.installed.metrics, b.installed.probes)
	if err != nil {
		return nil, err
	}
	c.end = func() error { return nil }
	return c, nil
}
