package cluster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

var (
	crdResource       = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	namespaceResource = schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}
	rgdResource       = schema.GroupVersionResource{Group: "kro.run", Version: "v1alpha1", Resource: "resourcegraphdefinitions"}
	configMapResource = schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}
)

var roleResources = []schema.GroupVersionResource{
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterrolebindings"},
	{Group: "rbac.authorization.k8s.io", Version: "v1", Resource: "clusterroles"},
}

// groups are the API groups of KRO and of the kinds that it defines.
var groups = []string{"kro.run", "internal.kro.run"}

// rgdNameLabel is on each CRD that KRO creates.
const rgdNameLabel = "kro.run/resource-graph-definition-name"

// Controllers says whether the cluster has the controllers that delete namespaces.
type Controllers bool

const (
	NoControllers   Controllers = false
	WithControllers Controllers = true
)

// cleanTimeout limits the wait until a deleted object is gone.
const cleanTimeout = 2 * time.Minute

// Clean deletes everything that sessions have left.
//
// First it deletes a KRO that we deployed, because KRO would work against the rest. A KRO
// outside the cluster must have ended already. If KRO's own CRDs have our labels, Clean
// deletes all CRDs of its groups and their objects, and removes the objects' finalizers,
// which nobody else would. Otherwise it deletes the namespaces and RGDs with our labels,
// and the KRO in the cluster deletes their instances. Cleaning a clean cluster is not an
// error.
func Clean(ctx context.Context, config *rest.Config, controllers Controllers) error {
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		return err
	}
	return cleaner{client, controllers}.clean(ctx)
}

// Installed reports whether the cluster has a KRO that is not ours.
func Installed(ctx context.Context, client dynamic.Interface) (bool, error) {
	crd, err := client.Resource(crdResource).Get(ctx, rgdResource.GroupResource().String(), metav1.GetOptions{})
	if err != nil {
		return false, ignoreGone(err)
	}
	return !ours(*crd), nil
}

type cleaner struct {
	client      dynamic.Interface
	controllers Controllers
}

func (c cleaner) clean(ctx context.Context) error {
	if err := c.deleteDeployed(ctx); err != nil {
		return err
	}
	if err := c.deleteCRDs(ctx); err != nil {
		return err
	}
	if err := c.deleteNamespaces(ctx); err != nil {
		return err
	}
	if err := c.deleteRGDs(ctx); err != nil {
		return err
	}
	return c.deleteRoles(ctx)
}

// deleteDeployed deletes a KRO that we deployed, with its namespace.
func (c cleaner) deleteDeployed(ctx context.Context) error {
	namespace, err := c.client.Resource(namespaceResource).Get(ctx, KRONamespace, metav1.GetOptions{})
	if err != nil {
		return ignoreGone(err)
	}
	if !ours(*namespace) {
		return nil
	}
	return c.delete(ctx, namespaceResource, KRONamespace)
}

func (c cleaner) deleteCRDs(ctx context.Context) error {
	list, err := c.client.Resource(crdResource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	list.Items = slices.DeleteFunc(list.Items, func(crd unstructured.Unstructured) bool {
		group, _, _ := unstructured.NestedString(crd.Object, "spec", "group")
		return !slices.Contains(groups, group)
	})
	if !slices.ContainsFunc(list.Items, ours) {
		return nil
	}
	for _, crd := range list.Items {
		if err := c.removeFinalizers(ctx, crd); err != nil {
			return fmt.Errorf("objects of %s: %w", crd.GetName(), err)
		}
		if err := ignoreGone(c.client.Resource(crdResource).Delete(ctx, crd.GetName(), metav1.DeleteOptions{})); err != nil {
			return err
		}
	}
	for _, crd := range list.Items {
		if err := c.waitGone(ctx, crdResource, crd.GetName()); err != nil {
			return err
		}
	}
	return nil
}

func ours(object unstructured.Unstructured) bool {
	return labels.SelectorFromSet(Labels).Matches(labels.Set(object.GetLabels()))
}

// removeFinalizers removes the finalizers of a CRD's objects, so that they can be deleted
// with it.
func (c cleaner) removeFinalizers(ctx context.Context, crd unstructured.Unstructured) error {
	resource := schema.GroupVersionResource{}
	resource.Group, _, _ = unstructured.NestedString(crd.Object, "spec", "group")
	resource.Resource, _, _ = unstructured.NestedString(crd.Object, "spec", "names", "plural")
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, v := range versions {
		if version, ok := v.(map[string]any); ok && version["served"] == true {
			resource.Version, _ = version["name"].(string)
		}
	}
	objects, err := c.client.Resource(resource).List(ctx, metav1.ListOptions{})
	if err != nil {
		return ignoreGone(err) // a CRD that was never served has no objects
	}
	for _, object := range objects.Items {
		if len(object.GetFinalizers()) == 0 {
			continue
		}
		_, err := c.client.Resource(resource).Namespace(object.GetNamespace()).Patch(ctx, object.GetName(),
			types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{})
		if err := ignoreGone(err); err != nil {
			return err
		}
	}
	return nil
}

func (c cleaner) deleteNamespaces(ctx context.Context) error {
	selector := labels.SelectorFromSet(Labels).String()
	list, err := c.client.Resource(namespaceResource).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return err
	}
	for _, namespace := range list.Items {
		name := namespace.GetName()
		if c.controllers == NoControllers {
			err = c.client.Resource(configMapResource).Namespace(name).DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{})
		}
		if err == nil {
			err = ignoreGone(c.client.Resource(namespaceResource).Delete(ctx, name, metav1.DeleteOptions{}))
		}
		if err == nil && c.controllers == NoControllers {
			err = c.finalize(ctx, name)
		}
		if err != nil {
			return fmt.Errorf("namespace %s: %w", name, err)
		}
	}
	for _, namespace := range list.Items {
		if err := c.waitGone(ctx, namespaceResource, namespace.GetName()); err != nil {
			return err
		}
	}
	return nil
}

// deleteRGDs deletes our RGDs from a KRO that is not ours, and the CRDs of their kinds.
func (c cleaner) deleteRGDs(ctx context.Context) error {
	selector := labels.SelectorFromSet(Labels).String()
	list, err := c.client.Resource(rgdResource).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return ignoreGone(err) // without a KRO there are no RGDs
	}
	for _, rgd := range list.Items {
		if err := c.delete(ctx, rgdResource, rgd.GetName()); err != nil {
			return err
		}
		// By default, KRO leaves the CRD.
		made := metav1.ListOptions{LabelSelector: rgdNameLabel + "=" + rgd.GetName()}
		crds, err := c.client.Resource(crdResource).List(ctx, made)
		if err != nil {
			return err
		}
		for _, crd := range crds.Items {
			if err := c.delete(ctx, crdResource, crd.GetName()); err != nil {
				return err
			}
		}
	}
	return nil
}

// deleteRoles deletes the roles of a KRO that we deployed.
func (c cleaner) deleteRoles(ctx context.Context) error {
	ours := metav1.ListOptions{LabelSelector: labels.SelectorFromSet(Labels).String()}
	for _, resource := range roleResources {
		list, err := c.client.Resource(resource).List(ctx, ours)
		if apierrors.IsForbidden(err) {
			continue // without permission to list roles, we have not created any
		}
		if err != nil {
			return err
		}
		for _, role := range list.Items {
			if err := c.delete(ctx, resource, role.GetName()); err != nil {
				return err
			}
		}
	}
	return nil
}

// delete deletes a cluster-scoped object and waits until it is gone.
func (c cleaner) delete(ctx context.Context, resource schema.GroupVersionResource, name string) error {
	if err := ignoreGone(c.client.Resource(resource).Delete(ctx, name, metav1.DeleteOptions{})); err != nil {
		return err
	}
	return c.waitGone(ctx, resource, name)
}

// finalize finishes the deletion of a namespace, as the namespace controller does.
func (c cleaner) finalize(ctx context.Context, name string) error {
	namespace, err := c.client.Resource(namespaceResource).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return ignoreGone(err)
	}
	unstructured.RemoveNestedField(namespace.Object, "spec", "finalizers")
	_, err = c.client.Resource(namespaceResource).Update(ctx, namespace, metav1.UpdateOptions{}, "finalize")
	return ignoreGone(err)
}

// waitGone waits until a deleted object is gone.
func (c cleaner) waitGone(ctx context.Context, resource schema.GroupVersionResource, name string) error {
	err := wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, cleanTimeout, true, func(ctx context.Context) (bool, error) {
		_, err := c.client.Resource(resource).Get(ctx, name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return true, nil
		}
		return false, err
	})
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%s %s was deleted, but is still there after %s", resource.Resource, name, cleanTimeout)
	}
	return err
}

func ignoreGone(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
