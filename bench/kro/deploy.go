package kro

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

// A Deployment configures a controller that is a pod.
type Deployment struct {
	Config *rest.Config // of the gate's client
	// Namespace is created for the controller. Labels are set on all created objects.
	Namespace string
	Labels    map[string]string
	// LoadImage makes an image available to the nodes and returns its name there. The
	// archive holds the image under name. If nodes can pull it, reference says from
	// where.
	LoadImage func(ctx context.Context, archive, name, reference string) (string, error)
	Log       string // file for the controller's output
	// Ready limits how long it takes to become healthy.
	Ready time.Duration
}

// kinds are the kinds of the chart's objects in the order in which they are created.
// They are deleted in the reverse order.
var kinds = []struct {
	kind string
	schema.GroupVersionResource
	namespaced bool
}{
	{"ServiceAccount", schema.GroupVersionResource{Version: "v1", Resource: "serviceaccounts"}, true},
	{"ClusterRole", schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"}, false},
	{"ClusterRoleBinding", schema.GroupVersionResource{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"}, false},
	{"Deployment", deployments, true},
}

var (
	deployments = schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}
	namespaces  = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
)

// Deploy installs a build, as [Build.With] configured it, and waits until it is
// healthy and serves its metrics. It installs the build's chart, as users do. The
// flags of the settings come after those of the chart and override them. A KRO that
// is installed already gets a fresh pod instead.
func (b *Build) Deploy(ctx context.Context, d Deployment) (_ Controller, err error) {
	if b.installed != nil {
		return b.restart(ctx, d)
	}
	client, err := dynamic.NewForConfig(d.Config)
	if err != nil {
		return nil, err
	}
	image, err := b.loadImage(ctx, d)
	if err != nil {
		return nil, err
	}
	objects, err := b.objects(d, image)
	if err != nil {
		return nil, err
	}
	namespace := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": d.Namespace},
	}}
	namespace.SetLabels(d.Labels)
	if _, err := client.Resource(namespaces).Create(ctx, namespace, metav1.CreateOptions{}); err != nil {
		return nil, fmt.Errorf("namespace %s: %w", d.Namespace, err)
	}
	uninstall := func() error { return deleteObjects(context.WithoutCancel(ctx), client, d.Namespace, objects) }
	for _, k := range kinds {
		for _, object := range objects {
			if object.GetKind() != k.kind {
				continue
			}
			if _, err := resource(client, k.GroupVersionResource, k.namespaced, d.Namespace).Create(ctx, object, metav1.CreateOptions{}); err != nil {
				return nil, errors.Join(fmt.Errorf("%s %s of KRO's chart: %w", k.kind, object.GetName(), err), uninstall())
			}
		}
	}
	c, err := b.attach(ctx, d, release, metricsPort, probesPort)
	if err != nil {
		return nil, errors.Join(err, uninstall())
	}
	c.end = uninstall
	return c, nil
}

// loadImage makes the build's image available to the nodes and returns its name.
func (b *Build) loadImage(ctx context.Context, d Deployment) (string, error) {
	archive, err := b.PackImage()
	if err != nil {
		return "", err
	}
	reference := ""
	if b.Info.Kind == string(Image) {
		reference = strings.TrimPrefix(b.Info.Ref, imagePrefix)
	}
	return d.LoadImage(ctx, archive.Path, archive.Name, reference)
}

// objects returns the objects of the chart, for the build's image and settings.
func (b *Build) objects(d Deployment, image string) ([]*unstructured.Unstructured, error) {
	objects, err := render(b.Chart, d.Namespace, map[string]any{
		// includeManagedBy would name Helm, which does not manage them.
		"metadata":         map[string]any{"includeManagedBy": false},
		"image":            map[string]any{"pullPolicy": "IfNotPresent"},
		"fullnameOverride": release,
	})
	if err != nil {
		return nil, err
	}
	for _, object := range objects {
		labels := object.GetLabels()
		if labels == nil {
			labels = make(map[string]string)
		}
		maps.Copy(labels, d.Labels)
		object.SetLabels(labels)
		if object.GetKind() == "Deployment" {
			if err := b.adapt(object, image); err != nil {
				return nil, fmt.Errorf("deployment %s of KRO's chart: %w", object.GetName(), err)
			}
		}
	}
	return objects, nil
}

// adapt makes a deployment run the image with the settings.
func (b *Build) adapt(deployment *unstructured.Unstructured, image string) error {
	path := []string{"spec", "template", "spec", "containers"}
	containers, _, err := unstructured.NestedSlice(deployment.Object, path...)
	if err != nil {
		return err
	}
	if len(containers) != 1 {
		return fmt.Errorf("%d containers, want one", len(containers))
	}
	container, ok := containers[0].(map[string]any)
	if !ok {
		return errors.New("its container is not an object")
	}
	container["image"] = image
	args, _ := container["args"].([]any)
	for _, arg := range b.Info.Args {
		args = append(args, arg)
	}
	if b.Pprof {
		args = append(args, "--"+pprofFlag+"=:"+pprofPort)
	}
	container["args"] = args
	env, _ := container["env"].([]any)
	for _, variable := range b.Info.Env {
		name, value, _ := strings.Cut(variable, "=")
		env = append(env, map[string]any{"name": name, "value": value})
	}
	container["env"] = env
	return unstructured.SetNestedSlice(deployment.Object, containers, path...)
}

func resource(client dynamic.Interface, r schema.GroupVersionResource, namespaced bool, namespace string) dynamic.ResourceInterface {
	if namespaced {
		return client.Resource(r).Namespace(namespace)
	}
	return client.Resource(r)
}

// deleteObjects deletes the objects of the chart, and with the deployment its pod.
func deleteObjects(ctx context.Context, client dynamic.Interface, namespace string, objects []*unstructured.Unstructured) error {
	foreground := metav1.DeletePropagationForeground
	var failed error
	for i := len(kinds) - 1; i >= 0; i-- {
		k := kinds[i]
		for _, object := range objects {
			if object.GetKind() != k.kind {
				continue
			}
			err := resource(client, k.GroupVersionResource, k.namespaced, namespace).
				Delete(ctx, object.GetName(), metav1.DeleteOptions{PropagationPolicy: &foreground})
			if err != nil && !apierrors.IsNotFound(err) {
				failed = errors.Join(failed, fmt.Errorf("%s %s: %w", k.kind, object.GetName(), err))
			}
		}
	}
	return failed
}
