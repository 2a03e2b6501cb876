package apiserver

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdserver "k8s.io/apiextensions-apiserver/pkg/apiserver"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	"k8s.io/apiserver/pkg/endpoints/filters"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/endpoints/request"
	genericapiserver "k8s.io/apiserver/pkg/server"
	genericfilters "k8s.io/apiserver/pkg/server/filters"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/kro/perf-gate/bench/cluster/simulation/apiserver/builtin"
	"github.com/kro/perf-gate/bench/cluster/simulation/memory"
)

// newAPI returns the server, ready to run its post-start hooks. Custom and built-in resources
// share one generic server, so that discovery and OpenAPI merge without an aggregator.
func newAPI(ctx context.Context, loopback *rest.Config, history int) (*genericapiserver.GenericAPIServer, error) {
	types, err := builtin.Load()
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(loopback)
	if err != nil {
		return nil, err
	}
	shared := informers.NewSharedInformerFactory(client, 0)

	backend := memory.NewBackend(history)
	config := genericapiserver.NewRecommendedConfig(crdserver.Codecs)
	config.EffectiveVersion = version{compatibility.DefaultBuildEffectiveVersion(), types.Version()}
	address, err := url.Parse(loopback.Host)
	if err != nil {
		return nil, err
	}
	config.ExternalAddress = address.Host
	config.LoopbackClientConfig = loopback
	config.SharedInformerFactory = shared
	config.Authorization.Authorizer = authorizerfactory.NewAlwaysAllowAuthorizer()
	config.BuildHandlerChainFunc = handlerChain
	config.EnableIndex = false
	config.EnableProfiling = false
	config.MergedResourceConfig = crdserver.DefaultAPIResourceConfigSource()
	config.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(types.Definitions, openapinamer.NewDefinitionNamer(crdserver.Scheme, clientgoscheme.Scheme))
	config.RESTOptionsGetter = establishedBefore{backend.RESTOptions(func(schema.GroupResource) runtime.Codec {
		return crdserver.Codecs.LegacyCodec(apiextensionsv1.SchemeGroupVersion)
	})}
	if config.AdmissionControl, err = admissionChain(ctx, loopback, client, shared, config); err != nil {
		return nil, fmt.Errorf("admission: %w", err)
	}

	custom, err := (&crdserver.Config{
		GenericConfig: config,
		ExtraConfig: crdserver.ExtraConfig{
			CRDRESTOptionsGetter: backend.RESTOptions(func(schema.GroupResource) runtime.Codec { return unstructured.UnstructuredJSONScheme }),
			MasterCount:          1,
			ServiceResolver:      serviceResolver,
			AuthResolverWrapper:  authResolver(loopback),
		},
	}).Complete().New(genericapiserver.NewEmptyDelegate())
	if err != nil {
		return nil, err
	}
	server := custom.GenericAPIServer

	core, named, err := types.Groups(backend.RESTOptions(types.StorageCodec))
	if err != nil {
		return nil, err
	}
	if err := server.InstallLegacyAPIGroup(genericapiserver.DefaultLegacyAPIPrefix, core); err != nil {
		return nil, err
	}
	if err := server.InstallAPIGroups(named...); err != nil {
		return nil, err
	}
	serveGroups(server)
	if err := addNamespaceHooks(ctx, server, client, shared); err != nil {
		return nil, err
	}
	// The OpenAPI controllers of custom resources need a v2 document to run. It is not
	// served.
	server.StaticOpenAPISpec = &spec.Swagger{}
	server.PrepareRun()
	return server, nil
}

// handlerChain adds the part of the upstream chain that changes answers. It leaves out
// authentication, authorization, impersonation, audit, fairness and request timeouts.
func handlerChain(handler http.Handler, c *genericapiserver.Config) http.Handler {
	handler = asAdmin(handler)
	handler = filters.WithWarningRecorder(handler)
	handler = filters.WithRequestInfo(handler, c.RequestInfoResolver)
	handler = filters.WithRequestReceivedTimestamp(handler)
	handler = genericfilters.WithPanicRecovery(handler, c.RequestInfoResolver)
	return filters.WithAuditInit(handler)
}

func asAdmin(next http.Handler) http.Handler {
	admin := &user.DefaultInfo{Name: "admin", Groups: []string{user.SystemPrivilegedGroup, user.AllAuthenticated}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(request.WithUser(r.Context(), admin)))
	})
}
