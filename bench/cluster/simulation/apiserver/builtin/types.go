package builtin

import (
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kube-openapi/pkg/common"
)

// Types are the built-in types, ready to be installed into a server.
type Types struct {
	version     string
	resources   []metav1.APIResourceList
	definitions map[string]common.OpenAPIDefinition
	scheme      *runtime.Scheme
	codecs      serializer.CodecFactory
}

// Load reads the embedded description. An error means that the data and the
// k8s.io/api module are of different Kubernetes versions.
func Load() (*Types, error) {
	d, err := load()
	if err != nil {
		return nil, err
	}
	scheme, err := newScheme(d.Resources)
	if err != nil {
		return nil, err
	}
	return &Types{
		version:     d.Kubernetes,
		resources:   d.Resources,
		definitions: d.definitions(),
		scheme:      scheme,
		codecs:      serializer.NewCodecFactory(scheme),
	}, nil
}

// Version returns the Kubernetes release of the types, such as v1.36.3.
func (t *Types) Version() string { return t.version }

// Definitions returns the schemas of all built-in types and of the apiextensions
// types, by OpenAPI model name. It is a [common.GetOpenAPIDefinitions].
func (t *Types) Definitions(common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	return t.definitions
}

// newScheme returns a scheme in which every listed kind has the same Go type in its
// external and its internal version. The handlers convert between the two, which
// then needs no conversion functions.
func newScheme(lists []metav1.APIResourceList) (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	unversioned := schema.GroupVersion{Version: "v1"}
	metav1.AddToGroupVersion(scheme, unversioned)
	scheme.AddUnversionedTypes(unversioned,
		&metav1.Status{}, &metav1.APIVersions{}, &metav1.APIGroupList{}, &metav1.APIGroup{}, &metav1.APIResourceList{})

	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, err
		}
		metav1.AddToGroupVersion(scheme, gv)
		for _, r := range list.APIResources {
			gvk := kindOf(gv, r)
			if err := addKind(scheme, gvk); err != nil {
				return nil, err
			}
			if listKind := gvk.GroupVersion().WithKind(gvk.Kind + "List"); clientgoscheme.Scheme.Recognizes(listKind) {
				if err := addKind(scheme, listKind); err != nil {
					return nil, err
				}
			}
		}
		if err := scheme.SetVersionPriority(gv); err != nil {
			return nil, err
		}
	}
	addDefaults(scheme)
	return scheme, nil
}

// kindOf returns the kind of a listed resource. A subresource can be of another
// group than its parent.
func kindOf(gv schema.GroupVersion, r metav1.APIResource) schema.GroupVersionKind {
	if r.Version != "" {
		gv = schema.GroupVersion{Group: r.Group, Version: r.Version}
	}
	return gv.WithKind(r.Kind)
}

func addKind(scheme *runtime.Scheme, gvk schema.GroupVersionKind) error {
	obj, err := clientgoscheme.Scheme.New(gvk)
	if err != nil {
		return fmt.Errorf("the embedded API description lists %s, which k8s.io/api lacks: %w", gvk, err)
	}
	scheme.AddKnownTypeWithName(gvk, obj)
	scheme.AddKnownTypeWithName(schema.GroupVersionKind{Group: gvk.Group, Version: runtime.APIVersionInternal, Kind: gvk.Kind}, obj)
	return nil
}

// StorageCodec returns the codec for stored resources of group gr.Group: protobuf,
// in the served version.
func (t *Types) StorageCodec(gr schema.GroupResource) runtime.Codec {
	protobuf, _ := runtime.SerializerInfoForMediaType(t.codecs.SupportedMediaTypes(), runtime.ContentTypeProtobuf)
	version := t.scheme.PrioritizedVersionsForGroup(gr.Group)[0]
	internal := schema.GroupVersion{Group: gr.Group, Version: runtime.APIVersionInternal}
	return t.codecs.CodecForVersions(protobuf.Serializer, t.codecs.UniversalDeserializer(), version, internal)
}
