package apiserver

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/trace/noop"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle"
	validatingpolicy "k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	webhookinitializer "k8s.io/apiserver/pkg/admission/plugin/webhook/initializer"
	mutatingwebhook "k8s.io/apiserver/pkg/admission/plugin/webhook/mutating"
	validatingwebhook "k8s.io/apiserver/pkg/admission/plugin/webhook/validating"
	genericapiserver "k8s.io/apiserver/pkg/server"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
)

var serviceResolver = webhook.NewDefaultServiceResolver()

func authResolver(loopback *rest.Config) webhook.AuthenticationInfoResolverWrapper {
	return webhook.NewDefaultAuthenticationInfoResolverWrapper(nil, nil, loopback, noop.NewTracerProvider())
}

// admissionChain returns the admission plugins, in upstream's order. They use the informers of
// shared.
func admissionChain(ctx context.Context, loopback *rest.Config, client kubernetes.Interface, shared informers.SharedInformerFactory, config *genericapiserver.RecommendedConfig) (admission.Interface, error) {
	dynamicClient, err := dynamic.NewForConfig(loopback)
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))

	// Upstream protects the same namespaces from deletion.
	namespaces, err := lifecycle.NewLifecycle(sets.New(metav1.NamespaceDefault, metav1.NamespaceSystem, metav1.NamespacePublic))
	if err != nil {
		return nil, err
	}
	mutating, err := mutatingwebhook.NewMutatingWebhook(nil)
	if err != nil {
		return nil, err
	}
	policies, err := validatingpolicy.NewPlugin(nil)
	if err != nil {
		return nil, err
	}
	validating, err := validatingwebhook.NewValidatingAdmissionWebhook(nil)
	if err != nil {
		return nil, err
	}
	plugins := []admission.Interface{namespaces, mutating, policies, validating}

	initializers := admission.PluginInitializers{
		initializer.New(client, dynamicClient, shared, config.Authorization.Authorizer, utilfeature.DefaultFeatureGate, config.EffectiveVersion, ctx.Done(), mapper),
		webhookinitializer.NewPluginInitializer(authResolver(loopback), serviceResolver),
	}
	for _, plugin := range plugins {
		initializers.Initialize(plugin)
		if err := admission.ValidateInitialization(plugin); err != nil {
			return nil, fmt.Errorf("%T: %w", plugin, err)
		}
	}
	return admission.NewChainHandler(plugins...), nil
}
