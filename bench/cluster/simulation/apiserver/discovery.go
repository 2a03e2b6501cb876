package apiserver

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"

	apidiscoveryv2 "k8s.io/api/apidiscovery/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	discoveryendpoint "k8s.io/apiserver/pkg/endpoints/discovery/aggregated"
	genericapiserver "k8s.io/apiserver/pkg/server"
)

// serveGroups answers /apis for built-in and custom groups. The server of custom resources
// occupies the path, because it expects an aggregator in front of it, but reports its groups
// to the manager of the aggregated document.
func serveGroups(s *genericapiserver.GenericAPIServer) {
	const path = genericapiserver.APIGroupPrefix
	s.Handler.NonGoRestfulMux.Unregister(path)
	s.Handler.NonGoRestfulMux.Handle(path, discoveryendpoint.WrapAggregatedDiscoveryToHandler(
		groupList(s.AggregatedDiscoveryGroupManager), s.AggregatedDiscoveryGroupManager, nil))
}

// groupList serves an aggregated document in its unaggregated form, for clients that do not
// ask for the former.
func groupList(aggregated http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner := r.Clone(r.Context())
		inner.Header = http.Header{"Accept": {"application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}}
		document := httptest.NewRecorder()
		aggregated.ServeHTTP(document, inner)
		var groups apidiscoveryv2.APIGroupDiscoveryList
		if err := json.Unmarshal(document.Body.Bytes(), &groups); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(plainList(groups)) // fails only if the client is gone
	})
}

func plainList(groups apidiscoveryv2.APIGroupDiscoveryList) metav1.APIGroupList {
	list := metav1.APIGroupList{
		TypeMeta: metav1.TypeMeta{Kind: "APIGroupList", APIVersion: "v1"},
		Groups:   []metav1.APIGroup{},
	}
	for _, group := range groups.Items {
		plain := metav1.APIGroup{Name: group.Name}
		for _, version := range group.Versions {
			plain.Versions = append(plain.Versions, metav1.GroupVersionForDiscovery{
				GroupVersion: group.Name + "/" + version.Version,
				Version:      version.Version,
			})
		}
		if len(plain.Versions) > 0 {
			plain.PreferredVersion = plain.Versions[0]
			list.Groups = append(list.Groups, plain)
		}
	}
	return list
}
