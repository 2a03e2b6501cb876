package existing

import (
	"context"
	"fmt"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// A permission is what a run does to one resource, in all namespaces.
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

// needed is what every run does: it works on instances in namespaces of its own,
// and reads what KRO's pod tells.
var needed = []permission{
	{"", "namespaces", "", "get list create delete"},
	{"", "configmaps", "", "patch"},
	{"", "pods", "", "get list watch delete"},
	{"", "pods", "proxy", "get"},
	{"", "pods", "log", "get"},
	{"apiextensions.k8s.io", "customresourcedefinitions", "", "get list delete"},
	{"kro.run", "*", "", "get list watch create patch delete"},
}

// neededToDeploy is what it takes on top to deploy a KRO, which is given all
// rights in the cluster, as its chart does.
var neededToDeploy = []permission{
	{"apiextensions.k8s.io", "customresourcedefinitions", "", "create"},
	{"internal.kro.run", "*", "", "list patch"},
	{"", "serviceaccounts", "", "create delete"},
	{"apps", "deployments", "", "get create delete"},
	{"rbac.authorization.k8s.io", "clusterroles", "", "create delete escalate bind"},
	{"rbac.authorization.k8s.io", "clusterrolebindings", "", "create delete"},
}

// neededForInstalled is what it takes to find the KRO that is installed.
var neededForInstalled = []permission{
	{"apps", "deployments", "", "list"},
	{"coordination.k8s.io", "leases", "", "list watch"},
}

// missing lists what of the permissions the client lacks, as "create, delete
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
				return nil, fmt.Errorf("asking the cluster what is allowed: %w", err)
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
