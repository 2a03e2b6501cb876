package apiserver

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"
)

// addNamespaceHooks makes the server create the namespaces of a fresh cluster when it starts,
// and delete the content of terminating namespaces until ctx is done.
func addNamespaceHooks(ctx context.Context, server *genericapiserver.GenericAPIServer, client kubernetes.Interface, shared informers.SharedInformerFactory) error {
	content, err := metadata.NewForConfig(server.LoopbackClientConfig)
	if err != nil {
		return err
	}
	emptier, err := newNamespaceEmptier(client, content, shared.Core().V1().Namespaces().Informer())
	if err != nil {
		return err
	}
	if err := server.AddPostStartHook("empty-namespaces", func(genericapiserver.PostStartHookContext) error {
		go emptier.run(ctx)
		return nil
	}); err != nil {
		return err
	}
	return server.AddPostStartHook("create-namespaces", func(genericapiserver.PostStartHookContext) error {
		for _, name := range []string{metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic, corev1.NamespaceNodeLease} {
			ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
			// Admission needs its informers, which start at the same time.
			err := wait.PollUntilContextCancel(ctx, 10*time.Millisecond, true, func(ctx context.Context) (bool, error) {
				_, err := client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
				return err == nil, nil
			})
			if err != nil {
				return nil // stopped while starting
			}
		}
		return nil
	})
}

// A namespaceEmptier deletes the content of terminating namespaces, and then the namespaces.
type namespaceEmptier struct {
	client  kubernetes.Interface
	content metadata.Interface
	queue   workqueue.TypedRateLimitingInterface[string]
}

// newNamespaceEmptier returns an emptier of the terminating namespaces that the informer sees.
func newNamespaceEmptier(client kubernetes.Interface, content metadata.Interface, namespaces cache.SharedIndexInformer) (*namespaceEmptier, error) {
	e := &namespaceEmptier{
		client:  client,
		content: content,
		// Objects with finalizers take a while to go.
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[string](50*time.Millisecond, 5*time.Second)),
	}
	enqueue := func(obj any) {
		if ns := obj.(*corev1.Namespace); ns.DeletionTimestamp != nil {
			e.queue.Add(ns.Name)
		}
	}
	_, err := namespaces.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    enqueue,
		UpdateFunc: func(_, obj any) { enqueue(obj) },
	})
	return e, err
}

// run empties namespaces until ctx is done.
func (e *namespaceEmptier) run(ctx context.Context) {
	context.AfterFunc(ctx, e.queue.ShutDown)
	for {
		name, shutdown := e.queue.Get()
		if shutdown {
			return
		}
		if e.empty(ctx, name) {
			e.queue.Forget(name)
		} else {
			e.queue.AddRateLimited(name)
		}
		e.queue.Done(name)
	}
}

// empty deletes the content of a namespace and reports whether it is done. It notices in the
// next pass that the content is gone.
func (e *namespaceEmptier) empty(ctx context.Context, name string) (done bool) {
	ns, err := e.client.CoreV1().Namespaces().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return apierrors.IsNotFound(err)
	}
	if ns.DeletionTimestamp == nil {
		return true
	}
	resources, err := e.deletable()
	if err != nil {
		return false
	}
	empty := true
	for _, resource := range resources {
		content := e.content.Resource(resource).Namespace(name)
		list, err := content.List(ctx, metav1.ListOptions{Limit: 1})
		if apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
			continue // its definition has been deleted meanwhile
		}
		if err == nil && len(list.Items) == 0 {
			continue
		}
		empty = false
		_ = content.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{}) // the next pass notices failures
	}
	if !empty {
		return false
	}
	ns.Spec.Finalizers = slices.DeleteFunc(ns.Spec.Finalizers, func(f corev1.FinalizerName) bool { return f == corev1.FinalizerKubernetes })
	_, err = e.client.CoreV1().Namespaces().Finalize(ctx, ns, metav1.UpdateOptions{})
	return err == nil || apierrors.IsNotFound(err)
}

// deletable returns the namespaced resources that can be listed and deleted.
func (e *namespaceEmptier) deletable() ([]schema.GroupVersionResource, error) {
	lists, err := e.client.Discovery().ServerPreferredNamespacedResources()
	if err != nil {
		return nil, err
	}
	var all []schema.GroupVersionResource
	for _, list := range discovery.FilteredBy(discovery.SupportsAllVerbs{Verbs: []string{"list", "deletecollection"}}, lists) {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		for _, r := range list.APIResources {
			all = append(all, gv.WithResource(r.Name))
		}
	}
	return all, nil
}
