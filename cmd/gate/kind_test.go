//go:build kind

package main

import (
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	kindcluster "sigs.k8s.io/kind/pkg/cluster"
	"sigs.k8s.io/kind/pkg/cluster/nodeutils"
	"sigs.k8s.io/yaml"

	"github.com/kro/perf-gate/bench/cluster/kind"
	"github.com/kro/perf-gate/bench/kro"
)

// usersCluster is the kind cluster that plays the part of a user's own cluster.
const usersCluster = "perf-gate-test"

// usersConfig is its kubeconfig in the directory of a script.
const usersConfig = "user.kubeconfig"

func init() {
	scriptCommands["install"] = install
	scriptCommands["publish"] = publish
	scriptCommands["users-cluster"] = createUsersCluster
}

// TestKind runs the program on kind clusters. $NODE_IMAGE is a flag with the image in
// KIND_NODE_IMAGE, or empty if that is not set.
func TestKind(t *testing.T) {
	if err := kind.DockerWorks(t.Context()); err != nil {
		t.Fatal(err)
	}
	runMeasuring(t, "testdata/kind", func(env *testscript.Env) error {
		env.Setenv("DOCKER_HOST", os.Getenv("DOCKER_HOST"))
		image := os.Getenv("KIND_NODE_IMAGE")
		if image != "" {
			image = "--node-image=" + image
		}
		env.Setenv("NODE_IMAGE", image)
		env.Setenv("NEWEST", kro.Known[len(kro.Known)-1])
		return nil
	})
}

// users-cluster creates a cluster that does not belong to the gate. Its kubeconfig is
// user.kubeconfig and its name is in $CLUSTER.
func createUsersCluster(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: users-cluster")
	}
	provider := kindcluster.NewProvider(kindcluster.ProviderWithDocker())
	remove := func() { _ = provider.Delete(usersCluster, os.DevNull) }
	remove() // the cluster of a test that was killed
	ts.Defer(remove)
	ts.Check(provider.Create(usersCluster,
		kindcluster.CreateWithNodeImage(os.Getenv("KIND_NODE_IMAGE")),
		kindcluster.CreateWithKubeconfigPath(ts.MkAbs(usersConfig)),
		kindcluster.CreateWithWaitForReady(3*time.Minute)))
	ts.Setenv("CLUSTER", usersCluster)
}

// publish RELEASE... pushes images of releases to a registry as $REGISTRY/kro:RELEASE,
// and loads them into the nodes of the user's cluster.
func publish(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: publish release...")
	}
	server := httptest.NewServer(registry.New())
	ts.Defer(server.Close)
	host := strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	ts.Setenv("REGISTRY", host)
	for _, release := range args {
		archive, err := buildOf(ts, release).PackImage()
		ts.Check(err)
		image, err := tarball.ImageFromPath(archive.Path, nil)
		ts.Check(err)
		tag, err := name.NewTag(host + "/kro:" + release)
		ts.Check(err)
		ts.Check(remote.Write(tag, image))
		file := ts.MkAbs(release + ".tar")
		ts.Check(tarball.WriteToFile(file, tag, image))
		loadIntoUsersCluster(ts, file)
	}
}

// install RELEASE installs KRO in the user's cluster as users do.
func install(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: install release")
	}
	ctx := context.Background()
	config, err := clientcmd.BuildConfigFromFlags("", ts.MkAbs(usersConfig))
	ts.Check(err)
	client, err := dynamic.NewForConfig(config)
	ts.Check(err)
	build := buildOf(ts, args[0])
	manifests, err := filepath.Glob(filepath.Join(build.CRDs, "*.yaml"))
	ts.Check(err)
	crds := schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}
	for _, manifest := range manifests {
		data, err := os.ReadFile(manifest)
		ts.Check(err)
		crd := &unstructured.Unstructured{}
		ts.Check(yaml.Unmarshal(data, &crd.Object))
		_, err = client.Resource(crds).Create(ctx, crd, metav1.CreateOptions{})
		ts.Check(err)
	}
	_, err = build.Deploy(ctx, kro.Deployment{
		Config: config, Namespace: "kro-system", Log: ts.MkAbs("installed.log"), Ready: time.Minute,
		LoadImage: func(_ context.Context, archive, name, _ string) (string, error) {
			loadIntoUsersCluster(ts, archive)
			return name, nil
		},
	})
	ts.Check(err)
}

func buildOf(ts *testscript.TestScript, release string) *kro.Build {
	ref, err := kro.Parse(context.Background(), release)
	ts.Check(err)
	build, err := kro.Builder{Cache: filepath.Join(ts.Getenv("XDG_CACHE_HOME"), "perf-gate")}.Build(context.Background(), ref)
	ts.Check(err)
	return build
}

func loadIntoUsersCluster(ts *testscript.TestScript, archive string) {
	nodes, err := kindcluster.NewProvider(kindcluster.ProviderWithDocker()).ListInternalNodes(usersCluster)
	ts.Check(err)
	for _, node := range nodes {
		file, err := os.Open(archive)
		ts.Check(err)
		ts.Check(nodeutils.LoadImageArchive(node, file))
		ts.Check(file.Close())
	}
}
