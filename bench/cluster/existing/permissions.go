package existing

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// A permission is a set of verbs on one resource, in all namespaces.
type permission struct {
	group, resource, subresource string
	verbs                        string // separated by spaces
}

func (p permission) String() string {
	name := p.resource
	if p.group != "" {
		name += "." + p.group
	}
	if p.subresource != "" {
		name += "/" + p.subresource
	}
	return name
}

// needed are the permissions of every run. It works on instances in namespaces of its own,
// and reads the metrics and the log of KRO's pod.
var needed = []permission{
	{"", "namespaces", "", "get list create delete"},
	{"", "configmaps", "", "patch"},
	{"", "pods", "", "get list watch delete"},
	{"", "pods", "proxy", "get"},
	{"", "pods", "log", "get"},
	{"apiextensions.k8s.io", "customresourcedefinitions", "", "get list delete"},
	{"kro.run", "*", "", "get list watch create patch delete"},
}

// neededToDeploy are the further permissions to deploy a KRO. Its chart gives KRO all rights
// in the cluster.
var neededToDeploy = []permission{
	{"apiextensions.k8s.io", "customresourcedefinitions", "", "create"},
	{"internal.kro.run", "*", "", "list patch"},
	{"", "serviceaccounts", "", "create delete"},
	{"apps", "deployments", "", "get create delete"},
	{"rbac.authorization.k8s.io", "clusterroles", "", "create delete escalate bind"},
	{"rbac.authorization.k8s.io", "clusterrolebindings", "", "create delete"},
}

// neededForInstalled are the further permissions to find an installed KRO.
var neededForInstalled = []permission{
	{"apps", "deployments", "", "list"},
	{"coordination.k8s.io", "leases", "", "list watch"},
}

// missing returns the permissions that the client lacks, in the form "create, delete
// namespaces".
func missing(ctx context.Context, client kubernetes.Interface, permissions []permission) ([]string, error) {
	var lacking []string
	for _, p := range permissions {
		var denied []string
		for _, verb := range strings.Fields(p.verbs) {
			review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
				ResourceAttributes: &authorizationv1.ResourceAttributes{
					Verb: verb, Group: p.group, Resource: p.resource, Subresource: p.subresource,
				},
			}}
			answer, err := client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
			if err != nil {
				return nil, fmt.Errorf("ask the cluster for permissions: %w", err)
			}
			if !answer.Status.Allowed {
				denied = append(denied, verb)
			}
		}
		if len(denied) > 0 {
			lacking = append(lacking, strings.Join(denied, ", ")+" "+p.String())
		}
	}
	return lacking, nil
}
